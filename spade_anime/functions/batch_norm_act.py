"""Batch normalisation with leaky ReLU behind it, differentiable twice."""
from typing import Any

import chainer
from chainer import FunctionNode, Variable

from kernels import batch_norm_act as kernels
from kernels.runtime.across import ALONE, Across, Statistics
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables

DECAY = 0.9
"""What remains of the running statistics after a training batch."""


def batch_norm_act(x: Operand, gamma: Operand, beta: Operand, *, running_mean: Array, running_var: Array,
                   eps: float = 2e-5, decay: float = DECAY, slope: float | None = 0.2,
                   across: Across = ALONE) -> Variable:
    """Return ``leaky_relu(gamma * (x - mean) / sqrt(var + eps) + beta, slope)`` (Ioffe & Szegedy 2015, algorithm 1).

    ``x`` is (B, C, H, W); ``gamma``, ``beta`` and the running averages are (C,). In training
    (``chainer.config.train``) the statistics are the batch's, and the running averages are updated in place as
    ``chainer.links.BatchNormalization`` does; else the running averages are used, unchanged. ``slope=None`` leaves the
    activation out; else it is from 0 to 1. Differentiable twice, as a gradient penalty needs it.

    ``across``: the batch is spread over processes, which all have to call and differentiate this in the same order;
    statistics and the gradient by ``x`` are then those of the whole batch, the sum of all processes' losses being
    differentiated. Gradients by ``gamma`` and ``beta`` are only this process' part of them.
    """
    return _BatchNormAct(Statistics(running_mean, running_var), eps, decay, slope, across).apply((x, gamma, beta))[0]


class _BatchNormAct(FunctionNode):
    def __init__(self, running: Statistics, eps: float, decay: float, slope: float | None, across: Across):
        self.running, self.eps, self.decay, self.slope, self.across = running, eps, decay, slope, across

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        self.retain_outputs((0,))
        self.fixed = not chainer.config.train
        if self.fixed:
            self.across = ALONE
        x, gamma, beta = inputs
        y, self.statistics = kernels.batch_norm_act(x, gamma, beta, running=self.running, decay=self.decay,
                                                    **self._settings())
        return y,

    def _settings(self) -> dict[str, Any]:
        """Those of all orders of gradient."""
        return {'fixed': self.fixed, 'eps': self.eps, 'slope': self.slope, 'across': self.across}

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        y = self.get_retained_outputs()[0].array
        node = _Gradient(y, {'statistics': self.statistics, **self._settings()})
        gradients = node.apply((*self.get_retained_inputs(), *gys))
        return [gradients[i] for i in indexes]


class _Gradient(FunctionNode):
    """Of x, gamma and the output's gradient; only the sign of y is used, which has no gradient."""

    def __init__(self, y: Array, settings: dict[str, Any]):
        self.y, self.settings = y, settings

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1, 2))
        x, gamma, gy = inputs
        return kernels.batch_norm_act_gradient(x, gamma, self.y, gy, **self.settings)

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
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
        return kernels.batch_norm_act_double_gradient(x, gamma, first.y, gy, ggx, gggamma, ggbeta, **first.settings)

    def backward(self, indexes: Indexes, gradients: Variables) -> Variables:
        raise NotImplementedError('batch_norm_act is differentiable twice only')
