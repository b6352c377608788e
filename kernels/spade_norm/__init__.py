"""Normalisation modulated by a map, with noise in and leaky ReLU out.

Park, Liu, Wang, Zhu: Semantic image synthesis with spatially-adaptive normalization, 2019, equations 1 to 3,
with ``1 + gamma`` for the scale, and the noise of StyleGAN (Karras et al. 2019) before the statistics:

    h = x + noise_weight * noise;  y = leaky_relu((h - mean) / sqrt(var + eps) * (1 + gamma) + beta, slope)

Arrays are (B, C, H, W) of one floating dtype; ``noise`` is (B, 1, H, W) or a ``NoiseStream``, ``noise_weight``
(1, C, 1, 1), or both None; mean and var are (C,), on the CUDA way always float32. ``slope=None`` leaves the activation
out. The CUDA way gives y and the gradients the layout of x, channels first or last. Its noise and noise_weight may
have another floating dtype than x.

``across`` (``across.Across``): the batch is spread over processes, each with as many images, and every mean over a
channel is one over all of them; the gradient by noise_weight stays that of the own images. Only the reference knows of
it.
"""
import numpy

from ..noise import NoiseStream
from ..runtime.across import ALONE, Across
from ..runtime.arrays import array_module
from ..runtime.dispatch import implementation
from . import cpu, cuda

AXES = 0, 2, 3


def modulate(x, gamma, beta, noise_weight=None, noise=None, statistics=None, eps=2e-5, slope=0.2, impl=None,
             running=None, decay=0.9, across: Across = ALONE):
    """Return y, mean and (biased) variance: those of the batch, or ``statistics`` where given.

    ``running``, a pair of arrays (C,), are averages of the batches' mean and unbiased variance; they are moved on in
    place, ``decay`` being what remains of them. They stay as they are where ``statistics`` are given.
    """
    way = implementation(impl, x, across=across)
    if way == 'cuda':
        return cuda.modulate(x, gamma, beta, noise_weight, noise, statistics, eps, slope, running, decay)
    noise = _drawn(noise, x)
    if way == 'cpu':
        arrays = map(_contiguous, (x, gamma, beta, noise_weight, noise))
        y, mean, var = cpu.modulate(*arrays, statistics, eps, slope)
    else:
        y, mean, var = _modulate(x, gamma, beta, noise_weight, noise, statistics, eps, slope, across)
    if running is not None and statistics is None:
        _move_on(running, mean, var, x.size // x.shape[1] * across.size, decay)
    return y, mean, var


def _modulate(x, gamma, beta, noise_weight, noise, statistics, eps, slope, across):
    xp = array_module(x)
    h = x if noise is None else x + noise_weight * noise
    mean, var = across.statistics(h) if statistics is None else statistics
    y = _normalise(xp, h, mean, var, eps)[0] * (1 + gamma) + beta
    if slope is not None:
        y *= xp.where(xp.signbit(y), y.dtype.type(slope), y.dtype.type(1))
    return y, mean, var


def modulate_gradient(x, gamma, y, gy, noise_weight, noise, statistics, fixed, eps=2e-5, slope=0.2,
                      impl=None, across: Across = ALONE):
    """Gradients of ``modulate`` by x, gamma, beta and noise_weight (None without noise).

    ``statistics`` is the pair (mean, var) that ``modulate`` returned; ``fixed`` says that they did not come
    from the batch. The sign of ``y`` tells which side of the activation was taken.
    """
    way = implementation(impl, x, across=across)
    if way == 'cuda':
        return cuda.gradients(x, gamma, y, gy, noise_weight, noise, statistics, fixed, eps, slope)
    noise = _drawn(noise, x)
    if way == 'cpu':
        arrays = map(_contiguous, (x, gamma, y, gy, noise_weight, noise))
        return cpu.gradients(*arrays, statistics, fixed, eps, slope)
    xp = array_module(x)
    h = x if noise is None else x + noise_weight * noise
    normal, inv_std = _normalise(xp, h, *statistics, eps)
    gbeta = gy if slope is None else gy * xp.where(xp.signbit(y), y.dtype.type(slope), y.dtype.type(1))
    ggamma = gbeta * normal
    gx = gbeta * (1 + gamma)
    if not fixed:
        mean, along = across.means(gx, gx * normal)
        gx = gx - mean - normal * along
    gx = gx * inv_std
    gnoise_weight = None if noise is None else (gx * noise).sum(AXES, keepdims=True)
    return gx, ggamma, gbeta, gnoise_weight


def _drawn(noise, x):
    """The noise as an array."""
    return noise.array((len(x), 1, *x.shape[2:]), x.dtype) if isinstance(noise, NoiseStream) else noise


def _move_on(running, mean, var, count, decay) -> None:
    for average, value, factor in zip(running, (mean, var), (1, count / max(count - 1, 1))):
        average *= decay
        average += (1 - decay) * factor * value


def _contiguous(array):
    return None if array is None else numpy.ascontiguousarray(array)


def _normalise(xp, h, mean, var, eps):
    inv_std = (1 / xp.sqrt(var + eps)).astype(h.dtype)[:, None, None]
    return (h - mean.astype(h.dtype)[:, None, None]) * inv_std, inv_std
