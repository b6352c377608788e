"""Losses that are means of simple terms: value and gradient in one pass over the data, differentiable once.

A gradient penalty differentiates the logits themselves and never a loss of them, so once is enough.
"""
from collections.abc import Callable

import chainer
import numpy

from kernels import losses as kernels
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables


def hinge(logits: Operand, kind: str) -> chainer.Variable:
    """Mean hinge term over ``logits`` of any shape (Lim & Ye 2017, arXiv:1705.02894).

    ``kind``: 'real' ``max(1 - x, 0)``, 'fake' ``max(1 + x, 0)``, 'generator' ``-x``.
    """
    return _Mean(kernels.hinge, kind).apply((logits,))[0]


def mean_absolute_difference(x: Operand, target: Array) -> chainer.Variable:
    """Mean of ``|x - target|``; ``target`` is an array, and constant."""
    return _Mean(kernels.absolute_difference, target).apply((x,))[0]


class _Mean(chainer.FunctionNode):
    """A loss of ``kernels.losses``, which returns its value and what the gradient is made of."""

    def __init__(self, loss: Callable, argument: str | Array):
        self.loss, self.argument = loss, argument

    def forward(self, inputs: Arrays) -> Arrays:
        value, self.slopes = self.loss(inputs[0], self.argument)
        self.dtype = inputs[0].dtype
        del self.argument  # perhaps a feature map, which the gradient does not need
        return value,

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return _Gradient(self.slopes, self.dtype).apply(gys)


class _Gradient(chainer.FunctionNode):
    def __init__(self, slopes: Array, dtype: numpy.dtype):
        self.slopes, self.dtype = slopes, dtype

    def forward(self, inputs: Arrays) -> Arrays:
        return kernels.slopes_gradient(self.slopes, inputs[0], self.dtype),

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        raise RuntimeError('hinge and mean_absolute_difference can be differentiated once, not twice')
