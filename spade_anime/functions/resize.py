"""Resizing, differentiable any number of times."""
from chainer import FunctionNode, Variable

from kernels import resize as kernels
from spade_anime.types import Arrays, Indexes, Operand, Variables


def resize(x: Operand, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False) -> Variable:
    """Resize images (N, C, H, W) to (N, C, *size).

    Modes: ``bilinear`` (half-pixel, or aligned corners), ``nearest`` (reads sample ``floor(i * in / out)``)
    and ``area`` (mean over the covered area). Resizing to the same size returns the image itself.
    """
    kernels.check_mode(mode)
    height, width = x.shape[2:]
    if (height, width) == tuple(size):
        return x if isinstance(x, Variable) else Variable(x, requires_grad=False)
    return _Resize((height, width), size, (mode, align_corners)).apply((x,))[0]


class _Resize(FunctionNode):
    def __init__(self, x_size: tuple[int, int], size: tuple[int, int], how: tuple[str, bool]):
        self.x_size, self.size, self.how = x_size, size, how

    def forward(self, inputs: Arrays) -> Arrays:
        return kernels.resize(inputs[0], self.size, *self.how),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return _ResizeGradient(self.x_size, self.size, self.how).apply(gys)


class _ResizeGradient(FunctionNode):
    def __init__(self, x_size: tuple[int, int], size: tuple[int, int], how: tuple[str, bool]):
        self.x_size, self.size, self.how = x_size, size, how

    def forward(self, inputs: Arrays) -> Arrays:
        return kernels.resize_gradient(inputs[0], self.x_size, *self.how),

    def backward(self, indexes: Indexes, ggxs: Variables) -> Variables:
        return _Resize(self.x_size, self.size, self.how).apply(ggxs)
