"""SPADE's normalisation: noise in, batch statistics, modulation by a map, leaky ReLU out, in one node."""
import chainer
from chainer import FunctionNode, Variable

from kernels import spade_norm as kernels
from kernels.noise import NoiseStream
from kernels.runtime.across import ALONE, Across, Statistics
from spade_anime.functions.batch_norm_act import DECAY


def spade_norm(x, gamma, beta, noise_weight=None, noise=None, *, running_mean, running_var,
               eps: float = 2e-5, decay: float = DECAY, slope: float | None = 0.2,
               across: Across = ALONE) -> Variable:
    """Return ``leaky_relu((h - mean) / sqrt(var + eps) * (1 + gamma) + beta, slope)``, h being x plus noise.

    Park et al. 2019, equations 1 to 3. ``x``, ``gamma``, ``beta`` are (B, C, H, W); h is
    ``x + noise_weight * noise`` with ``noise`` (B, 1, H, W), or a stream of ``NoiseSource``, which is made where
    it is needed, and ``noise_weight`` (1, C, 1, 1); or ``x`` without them. In training (``chainer.config.train``)
    the statistics are the batch's, and the running averages (C,) are updated in place as
    ``chainer.links.BatchNormalization`` does; else the running averages serve, unchanged.
    ``slope=None`` leaves the activation out. ``across`` is that of ``batch_norm_act``. Differentiable once.
    """
    if (noise is None) != (noise_weight is None):
        raise ValueError('noise and noise_weight belong together: both or neither')
    if slope is not None and slope < 0:
        raise ValueError(f'slope is {slope}; it has to be None or at least 0')
    stream = noise if isinstance(noise, NoiseStream) else None
    node = _SpadeNorm(running_mean, running_var, eps, decay, slope, stream, across)
    inputs = x, gamma, beta, noise_weight, noise
    return node.apply(inputs[:3] if noise is None else inputs[:5 if stream is None else 4])[0]


class _SpadeNorm(FunctionNode):
    def __init__(self, running_mean, running_var, eps, decay, slope, stream, across):
        self.running, self.across = Statistics(running_mean, running_var), across
        self.eps, self.decay, self.slope, self.stream = eps, decay, slope, stream

    def forward(self, inputs):
        self.retain_inputs((0, 1, *range(3, len(inputs))))
        self.retain_outputs((0,))
        self.fixed = not chainer.config.train
        if self.fixed:
            self.across = ALONE
        y, self.statistics = kernels.modulate(*inputs, *self._streams(), running=self.running, decay=self.decay,
                                              **self._settings())
        return y,

    def _settings(self) -> dict:
        return {'fixed': self.fixed, 'eps': self.eps, 'slope': self.slope, 'across': self.across}

    def _streams(self):
        return () if self.stream is None else (self.stream,)

    def backward(self, indexes, gys):
        node = _SpadeNormGradient({'statistics': self.statistics, **self._settings()}, self._streams())
        gradients = node.apply((*self.get_retained_inputs(), *self.get_retained_outputs(), *gys))
        return [gradients[i] if i < 4 else None for i in indexes]


class _SpadeNormGradient(FunctionNode):
    def __init__(self, settings: dict, streams: tuple):
        self.settings, self.streams = settings, streams

    def forward(self, inputs):
        x, gamma, *noise, y, gy = inputs
        noise += self.streams
        gradients = kernels.modulate_gradient(x, gamma, y, gy, *noise, **self.settings)
        return gradients if noise else gradients[:3]

    def backward(self, indexes, ggs):
        raise NotImplementedError('spade_norm is differentiable once only')
