"""Changes to images that are linear in them: colours and position. Each is differentiable any number of times."""
from types import ModuleType

import chainer
import numpy
from chainer import FunctionNode, Variable

from spade_anime.types import Array, Arrays, Indexes, Operand, Variables


def recolor(x: Operand, chroma: Array, grey: Array, offset: Array) -> Variable:
    """``chroma * x + grey * mean(x) + offset``, the mean over the channels of each pixel.

    ``x`` is (B, C, H, W); the others are arrays (B,), one number per sample. This covers every change of brightness,
    saturation and contrast: differences between channels grow by ``chroma`` alone, so hues stay.
    """
    return _Recolor(chroma, grey, offset).apply((x,))[0]


class _Recolor(FunctionNode):
    def __init__(self, chroma: Array, grey: Array, offset: Array | None):
        self.chroma, self.grey, self.offset = chroma, grey, offset

    def forward(self, inputs: Arrays) -> Arrays:
        x, = inputs
        chroma, grey = (_per_sample(number, x) for number in (self.chroma, self.grey))
        y = chroma * x + grey * x.mean(axis=1, keepdims=True, dtype=x.dtype)
        return y if self.offset is None else y + _per_sample(self.offset, x),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        # The linear part is a symmetric matrix per pixel, and so its own adjoint.
        return _Recolor(self.chroma, self.grey, None).apply(gys)


def _per_sample(numbers: Array, x: Array) -> Array:
    """One number per sample (B,), in the shape and dtype to multiply images ``x`` (B, C, H, W) with."""
    return numbers[:, None, None, None].astype(x.dtype)


def translate(x: Operand, shift: Array) -> Variable:
    """Move images ``x`` (B, C, H, W) by whole pixels, ``shift`` (B, 2): down and to the right. Zeros come in."""
    return _Translate(shift).apply((x,))[0]


class _Translate(FunctionNode):
    def __init__(self, shift: Array):
        self.shift = shift

    def forward(self, inputs: Arrays) -> Arrays:
        x, = inputs
        xp = chainer.backend.get_array_module(x)
        batch, channels, height, width = x.shape
        rows = (xp.arange(height) - self.shift[:, :1])[:, None, :, None]
        columns = (xp.arange(width) - self.shift[:, 1:])[:, None, None, :]
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        found = x[xp.arange(batch)[:, None, None, None], xp.arange(channels)[:, None, None],
                  rows.clip(0, height - 1), columns.clip(0, width - 1)]
        return xp.where(inside, found, x.dtype.type(0)),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return _Translate(-self.shift).apply(gys)


def squares(centre: Array, half: int, size: tuple[int, int], xp: ModuleType = numpy) -> Array:
    """Masks (B, 1, *size), False in a square of ``2 * half`` px around ``centre`` (B, 2), row and column."""
    rows, columns = (xp.arange(n) - centre[:, i:i + 1] for i, n in enumerate(size))
    within = [(-half <= distance) & (distance < half) for distance in (rows, columns)]
    return ~(within[0][:, None, :, None] & within[1][:, None, None, :])
