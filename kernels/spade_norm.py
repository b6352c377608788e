"""Normalisation modulated by a map, with noise in and leaky ReLU out.

Park, Liu, Wang, Zhu: Semantic image synthesis with spatially-adaptive normalization, 2019, equations 1 to 3,
with ``1 + gamma`` for the scale, and the noise of StyleGAN (Karras et al. 2019) before the statistics:

    h = x + noise_weight * noise;  y = leaky_relu((h - mean) / sqrt(var + eps) * (1 + gamma) + beta, slope)

Arrays are (B, C, H, W) of one floating dtype; ``noise`` is (B, 1, H, W), ``noise_weight`` (1, C, 1, 1), or
both None; mean and var are (C,). ``slope=None`` leaves the activation out.
"""
import numpy

from . import _spade_norm_cpu
from ._arrays import array_module, is_reference

AXES = 0, 2, 3


def modulate(x, gamma, beta, noise_weight=None, noise=None, statistics=None, eps=2e-5, slope=0.2, impl=None):
    """Return y, mean and (biased) variance: those of the batch, or ``statistics`` where given."""
    if not is_reference(impl, x):
        arrays = map(_contiguous, (x, gamma, beta, noise_weight, noise))
        return _spade_norm_cpu.modulate(*arrays, statistics, eps, slope)
    xp = array_module(x)
    h = x if noise is None else x + noise_weight * noise
    mean, var = (h.mean(AXES), h.var(AXES)) if statistics is None else statistics
    y = _normalise(xp, h, mean, var, eps)[0] * (1 + gamma) + beta
    if slope is not None:
        y *= xp.where(xp.signbit(y), y.dtype.type(slope), y.dtype.type(1))
    return y, mean, var


def modulate_gradient(x, gamma, y, gy, noise_weight, noise, statistics, fixed, eps=2e-5, slope=0.2,
                      impl=None):
    """Gradients of ``modulate`` by x, gamma, beta and noise_weight (None without noise).

    ``statistics`` is the pair (mean, var) that ``modulate`` returned; ``fixed`` says that they did not come
    from the batch. The sign of ``y`` tells which side of the activation was taken.
    """
    if not is_reference(impl, x):
        arrays = map(_contiguous, (x, gamma, y, gy, noise_weight, noise))
        return _spade_norm_cpu.gradients(*arrays, statistics, fixed, eps, slope)
    xp = array_module(x)
    h = x if noise is None else x + noise_weight * noise
    normal, inv_std = _normalise(xp, h, *statistics, eps)
    gbeta = gy if slope is None else gy * xp.where(xp.signbit(y), y.dtype.type(slope), y.dtype.type(1))
    ggamma = gbeta * normal
    gx = gbeta * (1 + gamma)
    if not fixed:
        gx = gx - gx.mean(AXES, keepdims=True) - normal * (gx * normal).mean(AXES, keepdims=True)
    gx = gx * inv_std
    gnoise_weight = None if noise is None else (gx * noise).sum(AXES, keepdims=True)
    return gx, ggamma, gbeta, gnoise_weight


def _contiguous(array):
    return None if array is None else numpy.ascontiguousarray(array)


def _normalise(xp, h, mean, var, eps):
    inv_std = (1 / xp.sqrt(var + eps)).astype(h.dtype)[:, None, None]
    return (h - mean.astype(h.dtype)[:, None, None]) * inv_std, inv_std
