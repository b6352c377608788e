"""Bias per channel and activation in one pass, differentiable twice."""
import chainer
import numpy
from chainer import FunctionNode, Variable

from kernels import bias_act as kernels
from spade_anime.types import Arrays, Indexes, Operand, Variables


def bias_act(x: Operand, b: Operand | None = None, activation: str = 'leaky_relu', slope: float = 0.2) -> Variable:
    """``activation(x + b)`` for ``x`` (B, C, H, W) and ``b`` (C,) or None.

    ``activation`` is 'linear', 'leaky_relu' (Maas et al. 2013; ``slope`` from 0 to 1), 'relu' or 'tanh'.
    Differentiable twice.
    """
    return _BiasAct(activation, slope).apply((x,) if b is None else (x, b))[0]


class _BiasAct(FunctionNode):
    """Keeps only its output."""

    def __init__(self, activation: str, slope: float):
        self.act = activation, slope

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_outputs((0,))
        x, *b = inputs
        self.bias_dtype = b[0].dtype if b else None
        return kernels.bias_act(x, b[0] if b else None, *self.act),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        bias_dtype = self.bias_dtype if 1 in indexes else None
        gradients = _Gradient(self.act, bias_dtype).apply((*self.get_retained_outputs(), *gys))
        return [gradients[i] for i in indexes]


class _Gradient(FunctionNode):
    """Of the output and its gradient: gradients by x and, with its type given, by b."""

    def __init__(self, act: tuple[str, float], bias_dtype: numpy.dtype | None):
        self.act, self.bias_dtype = act, bias_dtype

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        y, gy = inputs
        gx, gb = kernels.bias_act_gradient(y, gy, *self.act, bias_dtype=self.bias_dtype)
        return (gx,) if gb is None else (gx, gb)

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        ggx, ggb = (*ggs, None)[:2]
        y, gy = self.get_retained_inputs()
        if ggx is None:
            ggx = chainer.backend.get_array_module(y).zeros_like(y.array)
        ggy, *of_y = _DoubleGradient(self.act).apply((y, gy, ggx) if ggb is None else (y, gy, ggx, ggb))
        return [ggy if i else of_y[0] if of_y else None for i in indexes]


class _DoubleGradient(FunctionNode):
    """Gradients by gy and, for tanh, by y."""

    def __init__(self, act: tuple[str, float]):
        self.act = act

    def forward(self, inputs: Arrays) -> Arrays:
        y, gy, ggx, *ggb = inputs
        gradients = kernels.bias_act_double_gradient(y, gy, ggx, ggb[0] if ggb else None, *self.act)
        return tuple(gradient for gradient in gradients if gradient is not None)

    def backward(self, indexes: Indexes, gradients: Variables) -> Variables:
        raise NotImplementedError('bias_act is differentiable twice only')
