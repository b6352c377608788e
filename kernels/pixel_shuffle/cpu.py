"""Depth to space on a CPU: a quarter of the pixels after the other, in blocks that stay in the cache, on all cores."""
from collections.abc import Callable

import numpy

from ..runtime import layout
from ..runtime.arrays import Array
from ..runtime.threads import parallel, portions
from .views import to_shuffle, to_unshuffle

# Numbers that a thread moves at once.
BLOCK = 1 << 18


def shuffle(x: Array, bias: Array | None) -> Array:
    """As ``pixel_shuffle.pixel_shuffle`` without activation."""
    y, planes, pixels = to_shuffle(x)
    shift = None if bias is None else bias.reshape(2, 2, -1, 1, 1)

    def run(image, channels, rows, i, j):
        to, quarter = pixels[image, channels, rows, i, :, j], planes[image, i, j, channels, rows]
        if shift is None:
            to[:] = quarter
        else:
            numpy.add(quarter, shift[i, j, channels], out=to)

    _over_quarters(run, y)
    return y


def unshuffle(gy: Array) -> Array:
    """As ``pixel_shuffle.pixel_shuffle_gradient`` without activation."""
    gx, planes, pixels = to_unshuffle(gy)

    def run(image, channels, rows, i, j):
        planes[image, i, j, channels, rows] = pixels[image, channels, rows, i, :, j]

    _over_quarters(run, gy)
    return gx


def _over_quarters(run: Callable, y: Array) -> None:
    """Call ``run`` for the quarters of blocks that stay in the cache: some channels, or some rows."""
    batch, channels, height, width = y.shape
    last = layout.is_channels_last(y)
    parts = [slice(*span) for span in portions(height // 2 if last else channels, channels * height * width, BLOCK)]

    def block(place):
        image, part = place
        for i in range(2):
            for j in range(2):
                run(image, *((slice(None), part) if last else (part, slice(None))), i, j)

    parallel(block, [(image, part) for image in range(batch) for part in parts])
