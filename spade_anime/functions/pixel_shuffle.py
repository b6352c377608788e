"""Depth to space with bias and leaky ReLU, differentiable any number of times."""
import chainer
import chainer.functions as F

from kernels import pixel_shuffle as kernels
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables


def pixel_shuffle(x: Operand, bias: Operand | None = None, slope: float | None = None) -> chainer.Variable:
    """Shuffle (B, 4 C, H, W) with ``bias`` (4 C,) to (B, C, 2 H, 2 W) (Shi et al. 2016, arXiv:1609.05158).

    Order of the channels as in ``chainer.functions.depth2space``; ``slope``, between 0 and 1, of a leaky ReLU, or
    None for none.
    """
    return _PixelShuffle(slope).apply((x,) if bias is None else (x, bias))[0]


def pixel_unshuffle(x: Operand) -> chainer.Variable:
    """Space to depth, the inverse of ``pixel_shuffle`` without bias: (B, C, 2 H, 2 W) to (B, 4 C, H, W)."""
    return Unshuffle(None, None).apply((x,))[0]


class _PixelShuffle(chainer.FunctionNode):
    def __init__(self, slope: float | None):
        self.slope = slope

    def forward(self, inputs: Arrays) -> Arrays:
        if self.slope is not None:
            self.retain_outputs((0,))
        x, *bias = inputs
        return kernels.pixel_shuffle(x, bias[0] if bias else None, slope=self.slope),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        y = None if self.slope is None else self.get_retained_outputs()[0].array
        gx, = Unshuffle(y, self.slope).apply(gys)
        return [gx if index == 0 else F.sum(gx, axis=(0, 2, 3)) for index in indexes]


class Unshuffle(chainer.FunctionNode):
    """Linear in the incoming gradient; the sign of the output ``y`` decides the activation's slope."""

    def __init__(self, y: Array | None, slope: float | None):
        self.y, self.slope = y, slope

    def forward(self, inputs: Arrays) -> Arrays:
        return kernels.pixel_shuffle_gradient(inputs[0], self.y, self.slope),

    def backward(self, indexes: Indexes, ggxs: Variables) -> Variables:
        return _Tangent(self.y, self.slope).apply(ggxs)


class _Tangent(chainer.FunctionNode):
    def __init__(self, y: Array | None, slope: float | None):
        self.y, self.slope = y, slope

    def forward(self, inputs: Arrays) -> Arrays:
        return kernels.pixel_shuffle_tangent(inputs[0], self.y, self.slope),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return Unshuffle(self.y, self.slope).apply(gys)
