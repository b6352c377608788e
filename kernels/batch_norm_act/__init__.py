"""Batch normalisation with leaky ReLU behind it, its gradient, and the gradient of that.

Ioffe & Szegedy: Batch normalization, 2015, algorithm 1, channel by channel:

    normal = (x - mean) / sqrt(var + eps);  y = leaky_relu(gamma * normal + beta, slope)

Arrays are (N, C, H, W) of one floating type, in either layout: the results have that of ``x``. Everything else is
(C,). ``slope=None`` leaves the activation out; else 0 <= slope <= 1. ``fixed`` says that the statistics are constants
and not the batch's.

``across`` (``across.Across``): the batch is spread over processes, each with as many images, and every mean over a
channel is one over all of them. Gradients by gamma and beta stay those of the own images: what adds up gradients over
the processes adds these up too. Only the reference knows of it.

``out``: where the image that results is written, shaped and typed as ``x`` and without gaps; results then have its
layout. It may be some images of a larger array, which has statistics of its own for each of its batches.
"""
import functools

import numpy

from ..runtime.across import ALONE, Across, Statistics, move_on
from ..runtime.arrays import Array, array_module
from ..runtime.images import check
from ..runtime.layout import is_channels_last, new_like
from ..runtime.onednn import implementation
from . import cpu, cuda, onednn
from .cuda import FILE

AXES = 0, 2, 3
# On a CPU, by ``impl``.
ENGINES = {'onednn': onednn, 'cpu': cpu}


def batch_norm_act(x: Array, gamma: Array, beta: Array, *, running: Statistics, fixed: bool = False, eps: float = 2e-5,
                   decay: float = 0.9, slope: float | None = 0.2, across: Across = ALONE,
                   impl: str | None = None, out: Array | None = None) -> tuple[Array, Statistics]:
    """Return ``y`` and the ``Statistics`` used.

    The ``running`` ones serve where ``fixed``; else the batch's do, and the running ones are moved on in place, towards
    the unbiased variance, as Chainer does.
    """
    check(FILE, {'x': x, 'out': out},
          {'gamma': gamma, 'beta': beta, 'running mean': running[0], 'running variance': running[1]})
    way, slope, y = implementation(impl, x, across=across), _slope(slope), _room(x, out)
    if way == 'cuda':
        return y, cuda.forward(x, gamma, beta, running, fixed, eps, decay, slope, y)
    forward = functools.partial(_reference, across=across) if way == 'reference' else ENGINES[way].forward
    statistics = forward(x, gamma, beta, running if fixed else None, eps, slope, y)
    if not fixed:
        move_on(running, statistics, x.size // x.shape[1] * across.size, decay)
    # A copy: the running averages may move on before a gradient asks for them.
    return y, statistics.copy() if fixed else statistics


def batch_norm_act_gradient(x: Array, gamma: Array, y: Array, gy: Array, *, statistics: Statistics, fixed: bool = False,
                            eps: float = 2e-5, slope: float | None = 0.2, across: Across = ALONE,
                            impl: str | None = None, out: Array | None = None) -> tuple[Array, Array, Array]:
    """Gradients by x, gamma and beta; the sign of ``y`` tells which side of the activation was taken.

    With g = gy * act'(y) and means E over a channel: g / deviation * gamma, less its mean and its part along
    ``normal`` where the statistics are the batch's. ``Statistics.gain`` stands for 1 / deviation: the gradient by x is
    damped where a variance is below ``eps``.
    """
    check(FILE, {'x': x, 'y': y, 'gy': gy, 'out': out}, {'gamma': gamma})
    way, slope, gx = implementation(impl, x, across=across), _slope(slope), _room(x, out)
    arguments = x, gamma, y, gy, statistics, fixed, eps, slope
    if way == 'cuda':
        return gx, *cuda.gradient(*arguments, gx)
    if way in ENGINES:
        return gx, *ENGINES[way].gradient(*arguments, gx)
    normal, scale, _, g, _ = _shared(*arguments)
    gx[...] = scale * (g if fixed else _projected(g, normal, across))
    return gx, (g * normal).sum(AXES).astype(gamma.dtype), g.sum(AXES).astype(gamma.dtype)


def batch_norm_act_double_gradient(x: Array, gamma: Array, y: Array, gy: Array, ggx: Array,
                                   gggamma: Array | None = None, ggbeta: Array | None = None, *, statistics: Statistics,
                                   fixed: bool = False, eps: float = 2e-5, slope: float | None = 0.2,
                                   across: Across = ALONE, impl: str | None = None) -> tuple[Array, Array, Array]:
    """Gradients by x, gamma and gy of ``batch_norm_act_gradient``, for the gradients of its three results.

    Let L = sum(ggx * gx) + gggamma * ggamma + ggbeta * gbeta, a = ggx, k the gain, E the mean over a channel
    and S = E[a g] - E[a] E[g] - E[a normal] E[g normal], so that sum(a * gx) = count * gamma * k * S. Then

        dL/dgy    = act'(y) * (gamma k (a - E[a] - normal E[a normal]) + gggamma normal + ggbeta)
        dL/dgamma = count * k * S
        dL/dx     = k (t - E[t] - normal E[t normal]) - gamma k^2 S normal,
                    t = dL/dnormal = (gggamma - gamma k E[a normal]) g - gamma k E[g normal] a

    as d normal_j / d x_i = k (delta_ij - 1/count - normal_i normal_j / count) and dk / d x_i = -k^2 normal_i / count.
    With fixed statistics every mean is 0 but that of a g, and normal and k do not depend on one another.
    """
    check(FILE, {'x': x, 'y': y, 'gy': gy, 'ggx': ggx}, {'gamma': gamma, 'gggamma': gggamma, 'ggbeta': ggbeta})
    way, slope = implementation(impl, x, across=across), _slope(slope)
    arguments = x, gamma, y, gy, ggx, gggamma, ggbeta, statistics, fixed, eps, slope
    if way == 'cuda':
        return cuda.double_gradient(*arguments)
    if way in ENGINES:
        return ENGINES[way].double_gradient(*arguments)
    return _reference_double_gradient(*arguments, across)


def _room(x, out):
    if out is None:
        return new_like(x)
    if not (out.flags.c_contiguous or is_channels_last(out)):
        raise ValueError(f'{FILE}: out has strides {out.strides}; it has to be without gaps, channels first or last')
    return out


def _slope(slope) -> float:
    if slope is not None and not 0 <= slope <= 1:
        raise ValueError(f'slope is {slope}; it has to be None or from 0 to 1')
    return 1. if slope is None else float(slope)


def _column(vector):
    return vector[:, None, None]


def _reference(x, gamma, beta, statistics, eps, slope, out, across):
    xp = array_module(x)
    wide = x.astype(xp.promote_types(x.dtype, numpy.float32), copy=False)
    statistics = across.statistics(wide) if statistics is None else statistics
    normal = (wide - _column(statistics.mean)) / xp.sqrt(_column(statistics.variance) + eps)
    y = normal * _column(gamma) + _column(beta)
    out[...] = xp.maximum(y, slope * y)
    return statistics


def _shared(x, gamma, y, gy, statistics, fixed, eps, slope):
    """What both orders of gradient start from: normal, gamma * gain, gain, masked gy, its mask."""
    xp = array_module(x)
    mean, inverse = _column(statistics.mean), _column(statistics.inverse_deviation(eps))
    gain = _column(statistics.gain(eps, fixed))
    mask = xp.where(y > 0, mean.dtype.type(1), mean.dtype.type(slope))
    return (x - mean) * inverse, _column(gamma) * gain, gain, gy * mask, mask


def _projected(values, normal, across):
    """``values`` less their mean and their part along ``normal``."""
    mean, along = across.means(values, values * normal)
    return values - mean - normal * along


def _reference_double_gradient(x, gamma, y, gy, ggx, gggamma, ggbeta, statistics, fixed, eps, slope, across):
    normal, scale, gain, g, mask = _shared(x, gamma, y, gy, statistics, fixed, eps, slope)
    p, q = (0 if vector is None else _column(vector) for vector in (gggamma, ggbeta))
    a = ggx if fixed else _projected(ggx, normal, across)
    along = (a * g).mean(AXES, keepdims=True)
    ggy = mask * (scale * a + p * normal + q)
    if fixed:
        gx = gain * p * g
    else:
        *means, common = across.means(g * normal, ggx * normal, a * g)
        t = (p - scale * means[1]) * g - scale * means[0] * ggx
        gx = gain * (_projected(t, normal, across) - scale * common * normal)
    ggamma = (gain * along).reshape(-1) * (x.size // x.shape[1])
    return gx.astype(x.dtype), ggamma.astype(gamma.dtype), ggy.astype(x.dtype)
