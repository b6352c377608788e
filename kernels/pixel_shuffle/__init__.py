"""Depth to space by 2 (Shi et al. 2016, arXiv:1609.05158) with bias and leaky ReLU.

``y[:, c, 2 h + i, 2 w + j] = leaky_relu(x[:, (2 i + j) C + c, h, w] + bias[(2 i + j) C + c])``, the order of channels
in Chainer's ``depth2space``. A ``slope`` of None leaves the activation out; else 0 < slope < 1.
"""
from typing import Any

import numpy

from ..leaky_relu import leaky_relu, leaky_relu_gradient
from ..runtime import layout
from ..runtime.arrays import Array, array_module
from ..runtime.dispatch import implementation
from . import cpu, cuda
from .views import shuffled_shape, to_shuffle, to_unshuffle


def pixel_shuffle(x: Array, bias: Array | None = None, slope: float | None = None, impl: str | None = None) -> Array:
    """Shuffle ``x`` (B, 4 C, H, W) with ``bias`` (4 C,), or None, to (B, C, 2 H, 2 W).

    ValueError where shapes do not fit or ``x`` is empty. The result lies in memory as ``x`` does.
    """
    _check_input(x)
    if bias is not None and bias.shape != x.shape[1:2]:
        raise ValueError(f'the bias is {bias.shape}; it has to be {x.shape[1:2]}, one a channel of x')
    way = implementation(impl, x)
    if way == 'cuda':
        last = layout.is_channels_last(x)
        single = None if bias is None else array_module(x, bias).ascontiguousarray(bias, numpy.float32)
        return cuda.launch('pixel_shuffle', (layout.dense(x, last), single), shuffled_shape(x), slope)
    y = _shuffled(x, bias, way)
    return y if slope is None else leaky_relu(y, slope, _alike(way))


def pixel_shuffle_tangent(x: Array, y: Array | None = None, slope: float | None = None,
                          impl: str | None = None) -> Array:
    """Shuffle ``x`` and multiply it by the activation's slope at the output ``y``; None where there is none.

    What ``pixel_shuffle`` does to a small change of its input: the gradient of ``pixel_shuffle_gradient``.
    """
    if slope is None:
        return pixel_shuffle(x, impl=impl)
    _check_input(x)
    y = _checked_output(y, shuffled_shape(x), x.dtype)
    way = implementation(impl, x)
    if way == 'cuda':
        last = layout.is_channels_last(y)
        arrays = [layout.dense(array, last) for array in (x, y)]
        return cuda.launch('pixel_shuffle_tangent', arrays, y.shape, slope)
    return leaky_relu_gradient(_shuffled(x, None, way), y, slope, _alike(way))


def pixel_shuffle_gradient(gy: Array, y: Array | None = None, slope: float | None = None,
                           impl: str | None = None) -> Array:
    """Gradient of x from ``gy`` (B, C, 2 H, 2 W) and the output ``y``, which may be None where ``slope`` is."""
    if gy.ndim != 4 or not gy.size or gy.shape[2] % 2 or gy.shape[3] % 2:
        raise ValueError(f'the gradient has shape {gy.shape}; it has to be (B, C, 2 H, 2 W), none of them 0')
    way = implementation(impl, gy)
    if slope is None:
        y = gy  # of which the kernel makes nothing where the slope is 1
    y = _checked_output(y, gy.shape, gy.dtype)
    if way == 'cuda':
        last = layout.is_channels_last(gy)
        batch, channels, height, width = gy.shape
        shape = batch, 4 * channels, height // 2, width // 2
        return cuda.launch('pixel_shuffle_gradient', [layout.dense(array, last) for array in (gy, y)], shape, slope)
    return _unshuffled(gy if slope is None else leaky_relu_gradient(gy, y, slope, _alike(way)), way)


def _alike(way):
    return 'reference' if way == 'reference' else None


def _check_input(x):
    if x.ndim != 4 or x.shape[1] % 4 or not x.size:
        raise ValueError(f'x has shape {x.shape}; it has to be (B, 4 C, H, W), none of them 0')


def _checked_output(y: Any, shape: tuple[int, ...], dtype: numpy.dtype) -> Array:
    if (y.shape, y.dtype) != (shape, dtype):
        raise ValueError(f'the output is {y.dtype}{y.shape}; it has to be {dtype}{shape}')
    return y


def _shuffled(x, bias, way):
    if way == 'cpu':
        return cpu.shuffle(x, bias)
    y, planes, pixels = to_shuffle(x)
    pixels[:] = (planes if bias is None else planes + bias.reshape(2, 2, -1, 1, 1)).transpose(0, 3, 4, 1, 5, 2)
    return y


def _unshuffled(gy, way):
    if way == 'cpu':
        return cpu.unshuffle(gy)
    gx, planes, pixels = to_unshuffle(gy)
    planes[:] = pixels.transpose(0, 3, 5, 1, 2, 4)
    return gx
