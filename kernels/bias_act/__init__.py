"""Bias a channel and activation, the gradient, and the gradient of that.

    y = act(x + b)

Images are (N, C, H, W) of one floating type, in either layout: results have that of the first. ``b`` is (C,) or None.
``activation`` is one of ``ACTIVATIONS``; ``slope``, from 0 to 1, is that of leaky ReLU (Maas et al. 2013). All
derivatives are functions of the output: 1 - y^2 of tanh, else by its sign.
"""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array, array_module
from ..runtime.images import check
from ..runtime.onednn import implementation
from . import cpu, cuda, onednn
from .cuda import ACTIVATIONS, FILE

# On a CPU, by ``impl``.
ENGINES = {'onednn': onednn, 'cpu': cpu}


def bias_act(x: Array, b: Array | None = None, activation: str = 'leaky_relu', slope: float = 0.2,
             impl: str | None = None) -> Array:
    """``y``; see above."""
    _check({'x': x}, {'b': b}, activation, slope)
    way = implementation(impl, x)
    if way == 'cuda':
        return cuda.forward(x, b, activation, slope)
    if way in ENGINES:
        return ENGINES[way].forward(x, b, activation, slope)
    xp = array_module(x)
    h = x if b is None else (x + b[:, None, None]).astype(x.dtype, copy=False)
    if activation == 'tanh':
        return xp.tanh(h)
    return h.copy() if activation == 'linear' else xp.maximum(h, 0 if activation == 'relu' else slope * h)


def bias_act_gradient(y: Array, gy: Array, activation: str = 'leaky_relu', slope: float = 0.2,
                      bias_dtype: DTypeLike | None = None, impl: str | None = None) -> tuple[Array, Array | None]:
    """Gradients ``gy * act'`` by x and, of type ``bias_dtype``, its sum by b; the latter is None without the type."""
    _check({'y': y, 'gy': gy}, {}, activation, slope)
    way = implementation(impl, y)
    if way == 'cuda':
        return cuda.gradient(y, gy, activation, slope, bias_dtype)
    if way in ENGINES:
        return ENGINES[way].gradient(y, gy, activation, slope, bias_dtype)
    gx = (gy * _derivative(y, activation, slope)).astype(gy.dtype, copy=False)
    # Half precision would not do for a sum.
    wide = None if bias_dtype is None else numpy.promote_types(bias_dtype, numpy.float32)
    return gx, None if wide is None else gx.sum((0, 2, 3), dtype=wide).astype(bias_dtype, copy=False)


def bias_act_double_gradient(y: Array, gy: Array, ggx: Array, ggb: Array | None = None, activation: str = 'leaky_relu',
                             slope: float = 0.2, impl: str | None = None) -> tuple[Array, Array | None]:
    """Gradients by gy, ``(ggx + ggb) * act'``, and by y, ``gy * (ggx + ggb) * dact'/dy``.

    The latter is None but for tanh, where dact'/dy = -2 y.
    """
    _check({'y': y, 'gy': gy, 'ggx': ggx}, {'ggb': ggb}, activation, slope)
    way = implementation(impl, y)
    if way == 'cuda':
        return cuda.double_gradient(y, gy, ggx, ggb, activation, slope)
    if way in ENGINES:
        return ENGINES[way].double_gradient(y, gy, ggx, ggb, activation, slope)
    gg = ggx if ggb is None else ggx + ggb[:, None, None]
    ggy = (gg * _derivative(y, activation, slope)).astype(y.dtype, copy=False)
    return ggy, (-2 * y * gy * gg).astype(y.dtype, copy=False) if activation == 'tanh' else None


def add_bias(y: Array, b: Array, impl: str | None = None) -> None:
    """``y += b``, in place: ``y`` (N, C, H, W), whose memory has no gaps, and ``b`` (C,)."""
    check(FILE, {'y': y}, {'b': b})
    if implementation(impl, y) != 'cuda':
        y += b[:, None, None]
        return
    cuda.add_bias(y, b)


def bias_gradient(gy: Array, impl: str | None = None) -> Array:
    """Gradient of the bias from that of ``x + b``: sums (C,) over images and pixels, of the type of ``gy``."""
    check(FILE, {'gy': gy}, {})
    way = implementation(impl, gy)
    if way in ENGINES:
        return ENGINES[way].bias_gradient(gy)
    if way != 'cuda':
        return gy.sum((0, 2, 3), dtype=numpy.promote_types(gy.dtype, numpy.float32)).astype(gy.dtype, copy=False)
    return cuda.bias_gradient(gy)


def _check(images: dict, vectors: dict, activation: str, slope: float) -> None:
    check(FILE, images, vectors)
    if activation not in ACTIVATIONS:
        raise ValueError(f'activation is {activation!r}; it may be {", ".join(ACTIVATIONS)}')
    if not 0 <= slope <= 1:
        raise ValueError(f'slope is {slope}; it has to be from 0 to 1')


def _derivative(y, activation, slope):
    xp = array_module(y)
    if activation == 'tanh':
        return 1 - y.astype(numpy.promote_types(y.dtype, numpy.float32), copy=False) ** 2
    low = {'linear': 1, 'leaky_relu': slope, 'relu': 0}[activation]
    return xp.where(y > 0, y.dtype.type(1), y.dtype.type(low))
