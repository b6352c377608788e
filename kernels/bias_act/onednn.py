"""Bias and leaky ReLU by oneDNN; the other activations by NumPy, which reaches the same speed. As ``bias_act``."""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new
from ..runtime.onednn import images
from . import cpu


def forward(x: Array, b: Array | None, activation: str, slope: float) -> Array:
    """As ``bias_act.bias_act``."""
    if activation != 'leaky_relu':
        return cpu.forward(x, b, activation, slope)
    last = is_channels_last(x)
    x, y = dense(x, last), new(x, x.shape, last)
    if b is None:
        return images.leaky_relu(x, slope, y)
    return images.compute(y, x, ('add', numpy.ascontiguousarray(b, x.dtype)), ('leaky_relu', slope))


def gradient(y: Array, gy: Array, activation: str, slope: float,
             bias_dtype: DTypeLike | None) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_gradient``."""
    if activation != 'leaky_relu':
        return cpu.gradient(y, gy, activation, slope, bias_dtype)
    last = is_channels_last(y)
    y, gy, gx = dense(y, last), dense(gy, last), new(y, y.shape, last)
    images.leaky_relu_gradient(y, gy, slope, gx)
    return gx, None if bias_dtype is None else bias_gradient(gx).astype(bias_dtype, copy=False)


def double_gradient(y: Array, gy: Array, ggx: Array, ggb: Array | None, activation: str,
                    slope: float) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_double_gradient``."""
    if activation != 'leaky_relu':
        return cpu.double_gradient(y, gy, ggx, ggb, activation, slope)
    last = is_channels_last(y)
    y, gg, ggy = dense(y, last), dense(ggx, last), new(y, y.shape, last)
    if ggb is not None:
        gg = images.compute(ggy, gg, ('add', numpy.ascontiguousarray(ggb, y.dtype)))
    return images.leaky_relu_gradient(y, gg, slope, ggy), None


def bias_gradient(gy: Array) -> Array:
    """As ``bias_act.bias_gradient``."""
    return cpu.bias_gradient(gy)
