"""Resizing on a CPU: the matrices, which are nearly empty, in bands, on all cores."""
import functools
from typing import NamedTuple

import numpy

from ..runtime.arrays import Array
from ..runtime.layout import is_channels_last, new
from ..runtime.threads import parallel, portions, scratch, spans
from .matrices import matrix

# Inputs a band reads, as a wider one multiplies by too many zeros and a narrower one costs too many calls;
# and numbers a block of images, so that rows and columns are done while these are in the cache, in few calls.
BAND = 32
BLOCK_SIZE = 1 << 18


class Band(NamedTuple):
    """Outputs ``start`` to ``stop`` as ``matrix`` times the inputs ``first`` to ``last``."""

    start: int
    stop: int
    first: int
    last: int
    matrix: numpy.ndarray


def apply(x: Array, size: tuple[int, int], axes: list[tuple]) -> numpy.ndarray:
    """Images ``x`` (..., H, W) by the matrices of their ``axes``, to (..., *size); the layout stays."""
    rows, columns = (_bands(*axis) for axis in axes)
    if is_channels_last(x):
        return _resize_channels_last(x, rows, columns, size)
    images = numpy.ascontiguousarray(x).reshape(-1, *x.shape[-2:])
    result = numpy.empty((len(images), *size), x.dtype)

    def run(block):
        _resize_images(images[slice(*block)], rows, columns, result[slice(*block)])

    parallel(run, portions(len(images), max(images.size, result.size), BLOCK_SIZE))
    return result.reshape(*x.shape[:-2], *size)


@functools.lru_cache(maxsize=256)
def _bands(*axis) -> list[Band]:
    """The matrix of an axis in bands of outputs, each with only the columns that are not empty."""
    whole = matrix(*axis)
    outputs, inputs = whole.shape
    bands = []
    for start, stop in spans(outputs, -(-max(inputs, outputs) // BAND)):
        used = numpy.flatnonzero(whole[start:stop].any(0))
        first, last = (used[0], used[-1] + 1) if len(used) else (0, 1)
        bands.append(Band(start, stop, int(first), int(last),
                          numpy.ascontiguousarray(whole[start:stop, first:last])))
    return bands


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


def _resize_channels_last(x, rows: list[Band], columns: list[Band], size):
    """Multiply the axes of (N, H, W, C) by their matrices, on all cores, a band of rows at a time."""
    y = new(x, (*x.shape[:2], *size), channels_last=True)
    source, target, channels = x.transpose(0, 2, 3, 1), y.transpose(0, 2, 3, 1), x.shape[1]

    def run(place):
        number, band = place
        lines, out = source[number, band.first:band.last], target[number, band.start:band.stop]
        if size[0] < x.shape[2]:
            between = scratch('between', (len(out), *lines.shape[1:]), x.dtype)
            numpy.matmul(band.matrix, lines.reshape(len(lines), -1), out=between.reshape(len(out), -1))
            _resize_pixels(between, columns, out)
        else:
            between = scratch('between', (len(lines), size[1], channels), x.dtype)
            _resize_pixels(lines, columns, between)
            numpy.matmul(band.matrix, between.reshape(len(lines), -1), out=out.reshape(len(out), -1))

    parallel(run, [(number, band) for number in range(len(x)) for band in rows])
    return y


def _resize_pixels(lines, bands: list[Band], out) -> None:
    """The second axis of some lines (K, W, C)."""
    for band in bands:
        numpy.matmul(band.matrix, lines[:, band.first:band.last], out=out[:, band.start:band.stop])
