"""Changes to images that are linear in them: colours and position. Each is differentiable any number of times."""
import chainer
import numpy
from chainer import FunctionNode, Variable


def recolor(x, chroma, grey, offset) -> Variable:
    """``chroma * x + grey * mean(x) + offset``, the mean over the channels of each pixel.

    ``x`` is (B, C, H, W); the others are arrays (B,), one number a sample. That is every change of brightness,
    saturation and contrast: differences between channels grow by ``chroma`` alone, so hues stay.
    """
    return _Recolor(chroma, grey, offset).apply((x,))[0]


class _Recolor(FunctionNode):
    def __init__(self, chroma, grey, offset):
        self.numbers = chroma, grey, offset

    def forward(self, inputs):
        x, = inputs
        chroma, grey, offset = (None if number is None else number[:, None, None, None].astype(x.dtype)
                                for number in self.numbers)
        y = chroma * x + grey * x.mean(axis=1, keepdims=True, dtype=x.dtype)
        return y if offset is None else y + offset,

    def backward(self, indexes, gys):
        # The linear part is a symmetric matrix a pixel, and so its own adjoint.
        return _Recolor(*self.numbers[:2], None).apply(gys)


def translate(x, shift) -> Variable:
    """Move images ``x`` (B, C, H, W) by whole pixels, ``shift`` (B, 2): down and to the right. Zeros come in."""
    return _Translate(shift).apply((x,))[0]


class _Translate(FunctionNode):
    def __init__(self, shift):
        self.shift = shift

    def forward(self, inputs):
        x, = inputs
        xp = chainer.backend.get_array_module(x)
        batch, channels, height, width = x.shape
        rows = (xp.arange(height) - self.shift[:, :1])[:, None, :, None]
        columns = (xp.arange(width) - self.shift[:, 1:])[:, None, None, :]
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found = x[xp.arange(batch)[:, None, None, None], xp.arange(channels)[:, None, None],
                  rows.clip(0, height - 1), columns.clip(0, width - 1)]
        return xp.where(inside, found, x.dtype.type(0)),

    def backward(self, indexes, gys):
        return _Translate(-self.shift).apply(gys)


def squares(centre, half: int, size: tuple[int, int], xp=numpy):
    """Masks (B, 1, *size), False in a square of ``2 * half`` px around ``centre`` (B, 2), row and column."""
    rows, columns = (xp.arange(n) - centre[:, i:i + 1] for i, n in enumerate(size))
    within = [(-half <= distance) & (distance < half) for distance in (rows, columns)]
    return ~(within[0][:, None, :, None] & within[1][:, None, None, :])
