"""SPADE's normalisation: noise in, batch statistics, modulation by a map, leaky ReLU out, in one node."""
from typing import NamedTuple, TypeAlias

import chainer
from chainer import FunctionNode, Variable

from kernels import spade_norm as kernels
from kernels.noise import NoiseStream
from kernels.runtime.across import ALONE, Across, Statistics
from spade_anime.functions.batch_norm_act import DECAY
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables

Noise: TypeAlias = Operand | NoiseStream
"""Maps (B, 1, H, W), or a stream that makes them where they are needed."""


def spade_norm(x: Operand, gamma: Operand, beta: Operand, noise_weight: Operand | None = None,
               noise: Noise | None = None, *, running_mean: Array, running_var: Array,
               eps: float = 2e-5, decay: float = DECAY, slope: float | None = 0.2,
               across: Across = ALONE) -> Variable:
    """Return ``leaky_relu((h - mean) / sqrt(var + eps) * (1 + gamma) + beta, slope)``, h being x plus noise.

    Park et al. 2019, equations 1 to 3. ``x``, ``gamma``, ``beta`` are (B, C, H, W); h is
    ``x + noise_weight * noise`` with ``noise`` (B, 1, H, W), or a stream of ``NoiseSource``, which is made where
    it is needed, and ``noise_weight`` (1, C, 1, 1); or ``x`` without them. In training (``chainer.config.train``)
    the statistics are the batch's, and the running averages (C,) are updated in place as
    ``chainer.links.BatchNormalization`` does; else the running averages are used, unchanged.
    ``slope=None`` leaves the activation out. ``across`` is that of ``batch_norm_act``. Differentiable once.
    """
    if (noise is None) != (noise_weight is None):
        raise ValueError('noise and noise_weight belong together: both or neither')
    if slope is not None and slope < 0:
        raise ValueError(f'slope is {slope}; it has to be None or at least 0')
    stream = noise if isinstance(noise, NoiseStream) else None
    node = _SpadeNorm(Statistics(running_mean, running_var), eps, decay, slope, stream, across)
    optional = noise_weight, None if stream else noise
    return node.apply((x, gamma, beta, *(given for given in optional if given is not None)))[0]


class _Inputs(NamedTuple):
    """Of the node: without noise three, with noise from a stream four."""

    x: Array
    gamma: Array
    beta: Array
    noise_weight: Array | None = None
    noise: Array | None = None


BETA, NOISE = (_Inputs._fields.index(name) for name in ('beta', 'noise'))


class _SpadeNorm(FunctionNode):
    def __init__(self, running: Statistics, eps: float, decay: float, slope: float | None,
                 stream: NoiseStream | None, across: Across):
        self.running, self.across = running, across
        self.eps, self.decay, self.slope, self.stream = eps, decay, slope, stream

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs(tuple(i for i in range(len(inputs)) if i != BETA))
        self.retain_outputs((0,))
        self.fixed = not chainer.config.train
        if self.fixed:
            self.across = ALONE
        given = _Inputs(*inputs)
        y, self.statistics = kernels.modulate(
            given.x, given.gamma, given.beta, given.noise_weight, self.stream or given.noise, running=self.running,
            fixed=self.fixed, eps=self.eps, decay=self.decay, slope=self.slope, across=self.across)
        return y,

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        x, gamma, *noise = self.get_retained_inputs()
        gradients = _SpadeNormGradient(self).apply((x, gamma, *self.get_retained_outputs(), *gys, *noise))
        return [gradients[i] if i < NOISE else None for i in indexes]


class _GradientInputs(NamedTuple):
    """Of the gradient's node; the last two as in ``_Inputs``."""

    x: Array
    gamma: Array
    y: Array
    gy: Array
    noise_weight: Array | None = None
    noise: Array | None = None


class _SpadeNormGradient(FunctionNode):
    """By x, gamma, beta and, with noise, noise_weight."""

    def __init__(self, first: _SpadeNorm):
        self.first = first

    def forward(self, inputs: Arrays) -> Arrays:
        given, first = _GradientInputs(*inputs), self.first
        gx, ggamma, gbeta, gnoise_weight = kernels.modulate_gradient(
            given.x, given.gamma, given.y, given.gy, given.noise_weight, first.stream or given.noise,
            statistics=first.statistics, fixed=first.fixed, eps=first.eps, slope=first.slope, across=first.across)
        return (gx, ggamma, gbeta) if gnoise_weight is None else (gx, ggamma, gbeta, gnoise_weight)

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        raise NotImplementedError('spade_norm is differentiable once only')
