"""Softmax of attention scores, differentiable twice, as a gradient penalty needs it."""
import chainer

from kernels import attention as kernels
from spade_anime.types import Arrays, Indexes, Operand, Variables


def attention_softmax(scores: Operand, scale: float = 1.0) -> chainer.Variable:
    """Softmax of ``scale * scores`` (B, I, J) over the first index I (Zhang et al. 2019); ``scale`` is positive."""
    return _Softmax(scale).apply((scores,))[0]


class _Softmax(chainer.FunctionNode):
    def __init__(self, scale: float):
        self.scale = scale

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_outputs((0,))
        return kernels.softmax(inputs[0], self.scale),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return _Gradient(self.scale).apply((*self.get_retained_outputs(), *gys))


class _Gradient(chainer.FunctionNode):
    def __init__(self, scale: float):
        self.scale = scale

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        y, gy = inputs
        return kernels.softmax_gradient(y, gy, self.scale),

    def backward(self, indexes: Indexes, ggxs: Variables) -> Variables:
        y, gy = self.get_retained_inputs()
        gradients = []
        for index in indexes:
            if index == 0:
                gradients += _SecondGradient(self.scale).apply((y, gy, *ggxs))
            else:
                gradients += _Gradient(self.scale).apply((y, *ggxs))
        return gradients


class _SecondGradient(chainer.FunctionNode):
    def __init__(self, scale: float):
        self.scale = scale

    def forward(self, inputs: Arrays) -> Arrays:
        y, gy, ggx = inputs
        return kernels.softmax_second_gradient(y, gy, ggx, self.scale),

    def backward(self, indexes: Indexes, gradients: Variables) -> Variables:
        raise RuntimeError('attention_softmax can be differentiated twice, not three times')
