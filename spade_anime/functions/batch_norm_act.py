"""Batch normalisation with leaky ReLU behind it, differentiable twice."""
import functools
import itertools
import operator
from collections.abc import Sequence
from typing import Any

import chainer
from chainer import FunctionNode, Variable

from kernels import batch_norm_act as kernels
from kernels.runtime.across import ALONE, Across, Statistics
from kernels.runtime.layout import new_like
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables

DECAY = 0.9
"""What remains of the running statistics after a training batch."""


def batch_norm_act(x: Operand, gamma: Operand, beta: Operand, *, running_mean: Array, running_var: Array,
                   eps: float = 2e-5, decay: float = DECAY, slope: float | None = 0.2, across: Across = ALONE,
                   batches: Sequence[int] = ()) -> Variable:
    """Return ``leaky_relu(gamma * (x - mean) / sqrt(var + eps) + beta, slope)`` (Ioffe & Szegedy 2015, algorithm 1).

    ``x`` is (B, C, H, W); ``gamma``, ``beta`` and the running averages are (C,). In training
    (``chainer.config.train``) the statistics are the batch's, and the running averages are updated in place as
    ``chainer.links.BatchNormalization`` does; else the running averages are used, unchanged. ``slope=None`` leaves the
    activation out; else it is from 0 to 1. Differentiable twice, as a gradient penalty needs it.

    ``across``: the batch is spread over processes, which all have to call and differentiate this in the same order;
    statistics and the gradient by ``x`` are then those of the whole batch, the sum of all processes' losses being
    differentiated. Gradients by ``gamma`` and ``beta`` are only this process' part of them.

    ``batches``: ``x`` holds batches of these sizes, one after another. Each has statistics of its own, which the
    running averages see in turn, as if it went alone; differentiable once. (): it is one.
    """
    running = Statistics(running_mean, running_var)
    slices = _slices(x, batches or (len(x),))
    return _BatchNormAct(running, eps, decay, slope, across, slices).apply((x, gamma, beta))[0]


def _slices(x: Operand, batches: Sequence[int]) -> list[slice]:
    """Where each batch is in ``x``."""
    if sum(batches) != len(x):
        raise ValueError(f'batch_norm_act: x has {len(x)} images; batches of {list(batches)} are {sum(batches)}')
    return [slice(end - size, end) for size, end in zip(batches, itertools.accumulate(batches))]


class _BatchNormAct(FunctionNode):
    def __init__(self, running: Statistics, eps: float, decay: float, slope: float | None, across: Across,
                 batches: list[slice]):
        self.running, self.eps, self.decay, self.slope, self.across = running, eps, decay, slope, across
        self.batches = batches

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        self.retain_outputs((0,))
        self.fixed = not chainer.config.train
        if self.fixed:
            self.across = ALONE
        x, gamma, beta = inputs
        y = new_like(x)
        self.statistics = [
            kernels.batch_norm_act(x[batch], gamma, beta, running=self.running, decay=self.decay, out=y[batch],
                                   **self._settings())[1] for batch in self.batches]
        return y,

    def _settings(self) -> dict[str, Any]:
        """Those of all orders of gradient."""
        return {'fixed': self.fixed, 'eps': self.eps, 'slope': self.slope, 'across': self.across}

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        y = self.get_retained_outputs()[0].array
        node = _Gradient(y, self.batches, self.statistics, self._settings())
        gradients = node.apply((*self.get_retained_inputs(), *gys))
        return [gradients[i] for i in indexes]


class _Gradient(FunctionNode):
    """Of x, gamma and the output's gradient; only the sign of y is used, which has no gradient."""

    def __init__(self, y: Array, batches: list[slice], statistics: list[Statistics], settings: dict[str, Any]):
        self.y, self.batches, self.statistics, self.settings = y, batches, statistics, settings

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1, 2))
        x, gamma, gy = inputs
        gx = new_like(x)
        found = [kernels.batch_norm_act_gradient(
            x[batch], gamma, self.y[batch], gy[batch], statistics=statistics, out=gx[batch], **self.settings)[1:]
            for batch, statistics in zip(self.batches, self.statistics)]
        ggamma, gbeta = (functools.reduce(operator.add, vectors) for vectors in zip(*found))
        return gx, ggamma, gbeta

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        if len(self.batches) > 1:
            raise NotImplementedError('batch_norm_act of several batches is differentiable once only')
        node = _DoubleGradient(self, [gg is not None for gg in ggs])
        gradients = node.apply((*self.get_retained_inputs(), *(gg for gg in ggs if gg is not None)))
        return [gradients[i] for i in indexes]


class _DoubleGradient(FunctionNode):
    """Of ``_Gradient``'s inputs, then those of the gradients of its outputs that there are."""

    def __init__(self, first: _Gradient, given: list[bool]):
        self.first, self.given = first, given

    def forward(self, inputs: Arrays) -> Arrays:
        x, gamma, gy = inputs[:3]
        known = iter(inputs[3:])
        ggx, gggamma, ggbeta = (next(known) if given else None for given in self.given)
        if ggx is None:
            ggx = chainer.backend.get_array_module(x).zeros_like(x)
        first = self.first
        statistics, = first.statistics
        return kernels.batch_norm_act_double_gradient(x, gamma, first.y, gy, ggx, gggamma, ggbeta,
                                                      statistics=statistics, **first.settings)

    def backward(self, indexes: Indexes, gradients: Variables) -> Variables:
        raise NotImplementedError('batch_norm_act is differentiable twice only')
