"""Normalisation modulated by a map, with noise in and leaky ReLU out.

Park, Liu, Wang, Zhu: Semantic image synthesis with spatially-adaptive normalization, 2019, equations 1 to 3,
with ``1 + gamma`` for the scale, and the noise of StyleGAN (Karras et al. 2019) before the statistics:

    h = x + noise_weight * noise;  y = leaky_relu((h - mean) / sqrt(var + eps) * (1 + gamma) + beta, slope)

Arrays are (B, C, H, W) of one floating dtype; ``noise`` is (B, 1, H, W) or a ``NoiseStream``, ``noise_weight``
(1, C, 1, 1), or both None; statistics are (C,), by the CUDA kernels always float32. ``slope=None`` leaves the
activation out. ``y`` and the gradients have the layout of x, channels first or last. Noise and noise_weight of the CUDA
kernels may have another floating dtype than x. ValueError or TypeError for arrays that do not fit x.

``across`` (``across.Across``): the batch is spread over processes, each with as many images, and every mean over a
channel is one over all of them; the gradient by noise_weight stays that of the own images. Only the reference knows of
it.
"""
from ..noise import NoiseStream
from ..runtime.across import ALONE, Across, Statistics, move_on
from ..runtime.arrays import Array, array_module
from ..runtime.images import check
from ..runtime.onednn import implementation
from . import cpu, cuda, onednn

AXES = 0, 2, 3
# On a CPU, by ``impl``.
ENGINES = {'onednn': onednn, 'cpu': cpu}


def modulate(x: Array, gamma: Array, beta: Array, noise_weight: Array | None = None,
             noise: Array | NoiseStream | None = None, *, running: Statistics | None = None, fixed: bool = False,
             eps: float = 2e-5, decay: float = 0.9, slope: float | None = 0.2, across: Across = ALONE,
             impl: str | None = None) -> tuple[Array, Statistics]:
    """Return ``y`` and the ``Statistics`` used.

    The ``running`` ones serve where ``fixed``; else the batch's do, and the running ones, if given, are moved on in
    place, towards the unbiased variance, ``decay`` being what remains of them.
    """
    averages = {} if running is None else {'running mean': running.mean, 'running variance': running.variance}
    _check({'x': x, 'gamma': gamma, 'beta': beta}, averages, noise_weight, noise)
    if fixed and running is None:
        raise ValueError('fixed statistics have to be given: running is None')
    # A copy: the running averages may move on before a gradient asks for them.
    statistics = running.copy() if fixed else None
    way = implementation(impl, x, across=across)
    if way == 'cuda':
        return cuda.modulate(x, gamma, beta, noise_weight, noise, statistics, running, eps, decay, slope)
    drawn = _drawn(noise, x)
    if way in ENGINES:
        y, found = ENGINES[way].modulate(x, gamma, beta, noise_weight, drawn, statistics, eps, slope)
    else:
        y, found = _modulate(x, gamma, beta, noise_weight, drawn, statistics, eps, slope, across)
    if running is not None and not fixed:
        move_on(running, found, x.size // x.shape[1] * across.size, decay)
    return y, found


def _modulate(x, gamma, beta, noise_weight, noise, statistics, eps, slope, across):
    xp = array_module(x)
    h = x if noise is None else x + noise_weight * noise
    statistics = across.statistics(h) if statistics is None else statistics
    y = _normalise(xp, h, *statistics, eps) * (1 + gamma) + beta
    if slope is not None:
        y *= xp.where(xp.signbit(y), y.dtype.type(slope), y.dtype.type(1))
    return y, statistics


def modulate_gradient(x: Array, gamma: Array, y: Array, gy: Array, noise_weight: Array | None = None,
                      noise: Array | NoiseStream | None = None, *, statistics: Statistics, fixed: bool = False,
                      eps: float = 2e-5, slope: float | None = 0.2, across: Across = ALONE,
                      impl: str | None = None) -> tuple[Array, Array, Array, Array | None]:
    """Gradients of ``modulate`` by x, gamma, beta and noise_weight (None without noise).

    ``statistics`` are those that ``modulate`` returned; ``fixed`` says that they did not come from the batch. The sign
    of ``y`` tells which side of the activation was taken. Where a variance is below ``eps`` the gradient by x, and that
    by noise_weight, is damped: see ``Statistics.gain``.
    """
    vectors = {'mean': statistics.mean, 'variance': statistics.variance}
    _check({'x': x, 'gamma': gamma, 'y': y, 'gy': gy}, vectors, noise_weight, noise)
    way = implementation(impl, x, across=across)
    if way == 'cuda':
        return cuda.gradients(x, gamma, y, gy, noise_weight, noise, statistics, fixed, eps, slope)
    drawn = _drawn(noise, x)
    if way in ENGINES:
        return ENGINES[way].gradients(x, gamma, y, gy, noise_weight, drawn, statistics, fixed, eps, slope)
    xp = array_module(x)
    h = x if drawn is None else x + noise_weight * drawn
    normal = _normalise(xp, h, *statistics, eps)
    gbeta = gy if slope is None else gy * xp.where(xp.signbit(y), y.dtype.type(slope), y.dtype.type(1))
    ggamma = gbeta * normal
    gx = gbeta * (1 + gamma)
    if not fixed:
        mean, along = across.means(gx, gx * normal)
        gx = gx - mean - normal * along
    gx = gx * statistics.gain(eps, fixed).astype(gx.dtype)[:, None, None]
    gnoise_weight = None if drawn is None else (gx * drawn).sum(AXES, keepdims=True)
    return gx, ggamma, gbeta, gnoise_weight


def _check(images: dict, vectors: dict, noise_weight, noise) -> None:
    weight = None if noise_weight is None else noise_weight.reshape(-1)
    check('spade_norm', images, vectors | {'noise_weight': weight})
    if noise is None or isinstance(noise, NoiseStream):
        return
    x = images['x']
    shape = len(x), 1, *x.shape[2:]
    if noise.shape != shape:
        raise ValueError(f'spade_norm: noise is {noise.shape}; it has to be {shape}')
    if array_module(noise) is not array_module(x):
        raise TypeError('spade_norm: x and noise are on different devices')


def _drawn(noise, x):
    """The noise as an array."""
    return noise.array((len(x), 1, *x.shape[2:]), x.dtype) if isinstance(noise, NoiseStream) else noise


def _normalise(xp, h, mean, var, eps):
    inv_std = (1 / xp.sqrt(var + eps)).astype(h.dtype)[:, None, None]
    return (h - mean.astype(h.dtype)[:, None, None]) * inv_std
