"""Resizing images by any factor, as one small matrix an axis.

Both directions gather: every output sample is a weighted sum of the inputs it reads, and the gradient is the
same with the matrices transposed. On a CPU the matrices, which are nearly empty, are cut into bands; on a GPU each
thread works out the few entries it needs.
"""
import functools
import math
from typing import NamedTuple

import numpy

from ..matmul import matmul
from ..runtime import layout
from ..runtime.arrays import array_module, implementation
from ..runtime.launching import blocks, kernel
from ..runtime.threads import parallel, portions, scratch, spans

MODES = ('bilinear', 'nearest', 'area')

# Inputs a band reads, as a wider one multiplies by too many zeros and a narrower one costs too many calls;
# and numbers a block of images, so that rows and columns are done while these are in the cache, in few calls.
BAND = 32
BLOCK_SIZE = 1 << 18

# The CUDA kernel: its names of the modes, the taps it keeps in registers, planes a thread does, and the longest
# side for which its integers suffice.
CUDA_MODES = {('nearest', False): 0, ('area', False): 1, ('bilinear', False): 2, ('bilinear', True): 3}
CUDA_TAPS = 2, 4
PLANES = 8
LONGEST = 1 << 14


class Band(NamedTuple):
    """Outputs ``start`` to ``stop`` as ``matrix`` times the inputs ``first`` to ``last``."""

    start: int
    stop: int
    first: int
    last: int
    matrix: numpy.ndarray


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist."""
    if mode not in MODES:
        raise ValueError(f'mode is {mode!r}; it may be one of {", ".join(MODES)}')


def resize(x, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False, impl=None):
    """Resize ``x`` (..., H, W) to (..., *size), dtype kept.

    ``bilinear`` puts output sample i at ``(i + 0.5) * in / out - 0.5``, or with ``align_corners`` at
    ``i * (in - 1) / (out - 1)``; ``nearest`` reads sample ``floor(i * in / out)``; ``area`` is the mean over
    the covered area, made for shrinking.
    """
    return _apply(x, x.shape[-2:], size, (mode, align_corners), False, impl)


def resize_gradient(gy, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False,
                    impl=None):
    """Gradient of ``resize`` by its image of height and width ``size``, from ``gy`` (..., oh, ow)."""
    return _apply(gy, size, gy.shape[-2:], (mode, align_corners), True, impl)


def _matrix(n: int, m: int, mode: str, align_corners: bool) -> numpy.ndarray:
    """The (m, n) matrix that resizes n samples to m."""
    check_mode(mode)
    out = numpy.arange(m)
    matrix = numpy.zeros((m, n))
    if mode == 'nearest':
        matrix[out, out * n // m] = 1
    elif mode == 'area':
        # Edge i of the outputs leaves the share ``covered[i, j]`` of input j behind it.
        covered = numpy.clip(numpy.arange(m + 1)[:, None] * (n / m) - numpy.arange(n), 0, 1)
        matrix[:] = numpy.diff(covered, axis=0) * (m / n)
    else:
        at = out * ((n - 1) / max(m - 1, 1)) if align_corners else (out + 0.5) * (n / m) - 0.5
        at = numpy.clip(at, 0, n - 1)
        low = numpy.floor(at).astype(int)
        matrix[out, low] += 1 - (at - low)
        matrix[out, numpy.minimum(low + 1, n - 1)] += at - low
    return matrix


@functools.lru_cache(maxsize=256)
def _dense(n: int, m: int, how: tuple, transposed: bool, dtype: numpy.dtype) -> numpy.ndarray:
    matrix = _matrix(n, m, *how)
    return numpy.ascontiguousarray(matrix.T if transposed else matrix, dtype)


@functools.lru_cache(maxsize=256)
def _bands(*axis) -> list[Band]:
    """The matrix of an axis in bands of outputs, each with only the columns that are not empty."""
    matrix = _dense(*axis)
    outputs, inputs = matrix.shape
    bands = []
    for start, stop in spans(outputs, -(-max(inputs, outputs) // BAND)):
        used = numpy.flatnonzero(matrix[start:stop].any(0))
        first, last = (used[0], used[-1] + 1) if len(used) else (0, 1)
        bands.append(Band(start, stop, int(first), int(last),
                          numpy.ascontiguousarray(matrix[start:stop, first:last])))
    return bands


def _apply(x, in_size, out_size, how, transposed, impl):
    """Multiply rows and columns of ``x`` by the matrices from ``in_size`` to ``out_size``, or transposed."""
    axes = [(n, m, how, transposed, x.dtype) for n, m in zip(in_size, out_size)]
    way, size = implementation(impl, x), tuple(in_size if transposed else out_size)
    if way == 'cuda':
        return _launch(x, size, how, axes, transposed)
    if way == 'reference':
        return _reference(x, *(array_module(x).asarray(_dense(*axis)) for axis in axes))
    images = numpy.ascontiguousarray(x).reshape(-1, *x.shape[-2:])
    result = numpy.empty((len(images), *size), x.dtype)
    rows, columns = (_bands(*axis) for axis in axes)

    def run(block):
        _resize_images(images[slice(*block)], rows, columns, result[slice(*block)])

    parallel(run, portions(len(images), max(images.size, result.size), BLOCK_SIZE))
    return result.reshape(*x.shape[:-2], *size)


def _reference(x, rows, columns):
    """``rows x columns^T`` for every image."""
    images = x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])
    rows = array_module(x).broadcast_to(rows, (len(images), *rows.shape))
    between = matmul(rows, images).reshape(-1, x.shape[-1])
    return matmul(between, columns, transb=True).reshape(*x.shape[:-2], -1, len(columns))


def _resize_images(images, rows: list[Band], columns: list[Band], out) -> None:
    """Both axes of some images (K, H, W); first the one that leaves less to do for the other."""
    if out.shape[1] < images.shape[1]:
        between = scratch('between', (len(out), out.shape[1], images.shape[2]), out.dtype)
        _resize_rows(images, rows, between)
        _resize_columns(between, columns, out)
    else:
        between = scratch('between', (len(out), images.shape[1], out.shape[2]), out.dtype)
        _resize_columns(images, columns, between)
        _resize_rows(between, rows, out)


def _resize_rows(images, bands: list[Band], out) -> None:
    for band in bands:
        numpy.matmul(band.matrix, images[:, band.first:band.last], out=out[:, band.start:band.stop])


def _resize_columns(images, bands: list[Band], out) -> None:
    lines, results = images.reshape(-1, images.shape[2]), out.reshape(-1, out.shape[2])
    for band in bands:
        numpy.matmul(lines[:, band.first:band.last], band.matrix.T, out=results[:, band.start:band.stop])


@functools.lru_cache(maxsize=256)
def _taps(*axis) -> int:
    """Samples that an output reads at most along an axis, as the kernel is made for it: 0 for many."""
    most = numpy.count_nonzero(_dense(*axis), axis=1).max()
    return next((taps for taps in CUDA_TAPS if most <= taps), 0)


def _launch(x, size, how, axes, transposed):
    """Run resize.cu; the result lies in memory as ``x`` does."""
    check_mode(how[0])
    if min(*x.shape, *size) < 1 or max(*x.shape[-2:], *size) > LONGEST:
        raise ValueError(f'resizing takes sides of 1 to {LONGEST} and no empty array, not {x.shape} to {size}')
    last = layout.is_channels_last(x)
    x = layout.dense(x, last)
    y = layout.new(x, (*x.shape[:-2], *size), last)
    images, channels = x.shape[:2] if x.ndim == 4 else (1, x.size // (x.shape[-2] * x.shape[-1]))
    pixels = size[0] * size[1]
    if images * (pixels if last else channels) > layout.LARGEST:
        raise ValueError(f'{x.shape} to {size} has more planes or pixels than the kernel can count')
    if last:
        pack = 16 // x.itemsize
        block = layout.flat_block(channels if channels % pack else channels // pack)
        grid = blocks(images * pixels, block[1]),
    else:
        block = layout.flat_block(pixels)
        grid = blocks(pixels, block[0]), blocks(images * channels, block[1] * PLANES)
    mode = CUDA_MODES[how[0], bool(how[1]) and how[0] == 'bilinear']
    taps = [_taps(*axis) for axis in axes]
    arguments = numpy.array([images, channels, *x.shape[-2:], *size, mode, transposed], numpy.int32)
    function = kernel('resize', 'resize', T=x.dtype, CHANNELS_LAST=last, TAPS=0 if 0 in taps else max(taps))
    function(grid, block, (x, y, *arguments))
    return y
