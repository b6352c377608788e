"""Leaky ReLU, differentiable any number of times."""
import chainer

from kernels import leaky_relu as kernel
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables


class LeakyReLU(chainer.FunctionNode):
    """``y = max(x, slope * x)``; keeps only y."""

    def __init__(self, slope: float):
        self.slope = slope

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_outputs((0,))
        return kernel.leaky_relu(inputs[0], self.slope),

    def backward(self, indexes: Indexes, grad_outputs: Variables) -> Variables:
        return LeakyReLUGradient(self.get_retained_outputs()[0].array, self.slope).apply(grad_outputs)


class LeakyReLUGradient(chainer.FunctionNode):
    """Linear in the incoming gradient; its own gradient is the same function again."""

    def __init__(self, y: Array, slope: float):
        self.y, self.slope = y, slope

    def forward(self, inputs: Arrays) -> Arrays:
        return kernel.leaky_relu_gradient(inputs[0], self.y, self.slope),

    def backward(self, indexes: Indexes, grad_outputs: Variables) -> Variables:
        return LeakyReLUGradient(self.y, self.slope).apply(grad_outputs)


def leaky_relu(x: Operand, slope: float = 0.2) -> chainer.Variable:
    """``x`` where it is positive, ``slope * x`` elsewhere (Maas et al. 2013); any shape, 0 < slope < 1."""
    return LeakyReLU(slope).apply((x,))[0]
