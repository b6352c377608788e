"""Two-dimensional convolution and its two gradients.

Arrays are (batch, channels, height, width), weights (outputs, inputs, kernel height, kernel width), of one
floating dtype, which the result has as well. ``stride``, ``pad`` and ``dilate`` are numbers or (vertical,
horizontal) pairs. ``impl=None`` lets the array decide: oneDNN for NumPy arrays of single precision, cuDNN for CuPy
arrays of single and half precision. ``impl='cpu'``, blocks of columns on all cores, serves NumPy arrays of other types
and stands in for a oneDNN that does not load; ``impl='reference'``, the plain products over columns of patches, stands
in for a cuDNN that is not installed. Results are contiguous, but images that oneDNN and cuDNN make channels-last.
"""
import functools
from collections.abc import Sequence

import numpy

from ..addition import add
from ..bias_act import bias_gradient
from ..runtime.arrays import Array, Pair, array_module, pair
from ..runtime.onednn import implementation
from . import cpu, cudnn, onednn, reference
from .window import Window

# What convolves one image with one weight, by ``impl``.
ENGINES = {'reference': reference, 'cudnn': cudnn, 'onednn': onednn}


def output_size(size: tuple[int, int], kernel: Pair, stride: Pair = 1, pad: Pair = 0,
                dilate: Pair = 1) -> tuple[int, int]:
    """Height and width of the convolution of an image of ``size``; ValueError where no window fits."""
    height, width = ((n + 2 * p - d * (k - 1) - 1) // s + 1
                     for n, k, s, p, d in zip(size, pair(kernel), pair(stride), pair(pad), pair(dilate)))
    if min(height, width) < 1:
        raise ValueError(f'no window of kernel {kernel}, dilation {dilate}, fits an image of size {size} '
                         f'padded by {pad}')
    return height, width


def transposed_size(size: tuple[int, int], kernel: Pair, stride: Pair = 1, pad: Pair = 0) -> tuple[int, int]:
    """Smallest image whose convolution has height and width ``size``."""
    height, width = (s * (n - 1) + k - 2 * p for n, k, s, p in zip(size, pair(kernel), pair(stride), pair(pad)))
    return height, width


def convolve(x: Array, W: Array, b: Array | None = None, stride: Pair = 1, pad: Pair = 0, dilate: Pair = 1,
             impl: str | None = None) -> Array:
    """Cross-correlate ``x`` (N, C, H, W) with ``W`` (O, C, kh, kw), add ``b`` (O,): (N, O, oh, ow)."""
    _check_channels(x, W.shape[1], W)
    way = _implementation(impl, x)
    window = window_of(x.shape[2:], W.shape[2:], stride, pad, dilate)
    if way in ENGINES:
        return ENGINES[way].convolve(x, W, b, window)
    return cpu.convolve(_contiguous(x), [_contiguous(W)], [b], window)[0]


def input_gradient(gy: Array, W: Array, x_size: tuple[int, int], stride: Pair = 1, pad: Pair = 0, dilate: Pair = 1,
                   impl: str | None = None) -> Array:
    """Gradient of ``convolve`` by its image of height and width ``x_size``, i.e. transposed convolution.

    ``gy`` is (N, O, oh, ow); the result (N, C, *x_size).
    """
    _check_channels(gy, W.shape[0], W)
    way = _implementation(impl, gy)
    window = window_of(x_size, W.shape[2:], stride, pad, dilate)
    if way in ENGINES:
        return ENGINES[way].input_gradient(gy, W, window)
    return cpu.input_gradient([_contiguous(gy)], [_contiguous(W)], window)


def weight_gradient(x: Array, gy: Array, kernel_size: tuple[int, int], stride: Pair = 1, pad: Pair = 0,
                    dilate: Pair = 1, impl: str | None = None) -> Array:
    """Gradient of ``convolve`` by its weights: (O, C, *kernel_size), summed over the batch."""
    way = _implementation(impl, x)
    window = window_of(x.shape[2:], kernel_size, stride, pad, dilate)
    if way in ENGINES:
        return ENGINES[way].weight_gradient(x, gy, window)
    return cpu.weight_gradients(_contiguous(x), [_contiguous(gy)], window)[0]


def weight_and_bias_gradient(x: Array, gy: Array, kernel_size: tuple[int, int], stride: Pair = 1, pad: Pair = 0,
                             dilate: Pair = 1, impl: str | None = None) -> tuple[Array, Array]:
    """``weight_gradient``, and the gradient of the bias (O,), which oneDNN sums up in the same pass."""
    if _implementation(impl, x) == 'onednn':
        return onednn.weight_and_bias_gradient(x, gy, window_of(x.shape[2:], kernel_size, stride, pad, dilate))
    return weight_gradient(x, gy, kernel_size, stride, pad, dilate, impl), bias_gradient(gy)


def convolve_shared(x: Array, Ws: Sequence[Array], bs: Sequence[Array | None], pad: Pair = 1,
                    impl: str | None = None) -> tuple[Array, ...]:
    """Convolve one image with several weights and biases: a tuple of arrays (N, O_i, oh, ow)."""
    for W in Ws:
        _check_channels(x, W.shape[1], W)
    if _implementation(impl, x) != 'cpu':
        return tuple(convolve(x, W, b, 1, pad, 1, impl) for W, b in zip(Ws, bs))
    window = window_of(x.shape[2:], Ws[0].shape[2:], 1, pad, 1)
    return cpu.convolve(_contiguous(x), [_contiguous(W) for W in Ws], bs, window)


def input_gradient_shared(gys: Sequence[Array], Ws: Sequence[Array], x_size: tuple[int, int], pad: Pair = 1,
                          impl: str | None = None) -> Array:
    """Sum over the outputs of ``convolve_shared`` of their gradients by the image: (N, C, *x_size)."""
    if _implementation(impl, gys[0]) != 'cpu':
        gradients = [input_gradient(gy, W, x_size, 1, pad, 1, impl) for gy, W in zip(gys, Ws)]
        return add(*gradients) if len(gradients) > 1 else gradients[0]
    window = window_of(x_size, Ws[0].shape[2:], 1, pad, 1)
    gys, Ws = [_contiguous(gy) for gy in gys], [_contiguous(W) for W in Ws]
    return cpu.input_gradient(gys, Ws, window)


def weight_gradient_shared(x: Array, gys: Sequence[Array], kernel_size: tuple[int, int], pad: Pair = 1,
                           impl: str | None = None) -> tuple[list, list]:
    """Gradients of ``convolve_shared`` by its weights and by its biases: two lists."""
    if _implementation(impl, x) != 'cpu':
        gWs, gbs = zip(*(weight_and_bias_gradient(x, gy, kernel_size, 1, pad, 1, impl) for gy in gys))
        return list(gWs), list(gbs)
    ones = numpy.ones(gys[0][0, 0].size, x.dtype)
    gbs = [numpy.matmul(gy.reshape(*gy.shape[:2], -1), ones).sum(0) for gy in gys]
    window = window_of(x.shape[2:], kernel_size, 1, pad, 1)
    return cpu.weight_gradients(_contiguous(x), [_contiguous(gy) for gy in gys], window), gbs


def _implementation(impl, array) -> str:
    """'reference', 'cudnn', 'onednn' or 'cpu'; the first and the last stand in for libraries that are not installed."""
    if impl == 'cudnn' and array_module(array) is numpy and not cudnn.engine.stands_in():
        raise RuntimeError("impl='cudnn' takes CuPy arrays; leave it at None to compute on the CPU")
    if impl == 'cudnn' and not cudnn.engine.is_available():
        raise RuntimeError("impl='cudnn' needs the extra cudnn")
    chosen = implementation(impl, array, gpu='cudnn', any_layout=True)
    return 'reference' if chosen == 'cudnn' and not cudnn.engine.is_available() else chosen


def _check_channels(image, expected, W):
    if image.shape[1] != expected:
        raise ValueError(f'an image of shape {image.shape} has {image.shape[1]} channels; weights of shape '
                         f'{W.shape} belong to {expected}')


@functools.lru_cache(maxsize=1024)
def window_of(x_size: tuple[int, int], kernel: Pair, *geometry: Pair) -> Window:
    """Geometry of a convolution of images of height and width ``x_size``; ``geometry`` is stride, padding, dilation."""
    pairs = [pair(value) for value in (kernel, *geometry)]
    return Window(pair(x_size), output_size(x_size, *pairs), *pairs)


def _contiguous(array):
    return numpy.ascontiguousarray(array)
