"""Losses that are means of simple terms: value and gradient in one pass over the data, differentiable once.

A gradient penalty differentiates the logits themselves and never a loss of them, so once is enough.
"""
import chainer

from kernels import losses as kernels


def hinge(logits, kind: str) -> chainer.Variable:
    """Mean hinge term over ``logits`` of any shape (Lim & Ye 2017, arXiv:1705.02894).

    ``kind``: 'real' ``max(1 - x, 0)``, 'fake' ``max(1 + x, 0)``, 'generator' ``-x``.
    """
    return _Mean(kernels.hinge, kind).apply((logits,))[0]


def mean_absolute_difference(x, target) -> chainer.Variable:
    """Mean of ``|x - target|``; ``target`` is an array, and constant."""
    return _Mean(kernels.absolute_difference, target).apply((x,))[0]


class _Mean(chainer.FunctionNode):
    """A loss of ``kernels.losses``, which returns its value and what the gradient is made of."""

    def __init__(self, loss, argument):
        self.loss, self.argument = loss, argument

    def forward(self, inputs):
        value, self.slopes = self.loss(inputs[0], self.argument)
        self.dtype, self.argument = inputs[0].dtype, None
        return value,

    def backward(self, indexes, gys):
        return _Gradient(self.slopes, self.dtype).apply(gys)


class _Gradient(chainer.FunctionNode):
    def __init__(self, slopes, dtype):
        self.slopes, self.dtype = slopes, dtype

    def forward(self, inputs):
        return kernels.slopes_gradient(self.slopes, inputs[0], self.dtype),

    def backward(self, indexes, ggs):
        raise RuntimeError('hinge and mean_absolute_difference can be differentiated once, not twice')
