"""Columns of patches of a block on a CPU: gathering them, adding them up, and tiles of them.

Products with few outputs are cut into tiles of some image rows, (images, tiles, depth, pixels): one call of NumPy
makes many of BLAS, each small enough that OpenBLAS (with AVX-512) does not rearrange its factors first, which takes
longer than to multiply them by a few rows.
"""
from collections.abc import Sequence

import numpy
from numpy.lib.stride_tricks import as_strided

from ...runtime.arrays import Array
from ...runtime.threads import scratch
from ..window import Block, Window, padded_rows

# Products that OpenBLAS computes without rearranging the factors, and the outputs from which that does not matter.
TILE_WORK = 1_000_000
FEW_OUTPUTS = 32


def tile_count(block: Block, outputs: int, depth: int, window: Window) -> int:
    """Tiles to cut every image of a block into; 0 where the product is better done at once."""
    height, work = block.bottom - block.top, outputs * depth * window.y_size[1]
    if outputs >= FEW_OUTPUTS or work > TILE_WORK:
        return 0
    return next(tiles for tiles in range(1, height + 1) if height % tiles == 0 and work * height <= tiles * TILE_WORK)


def in_tiles(array: Array, block: Block, tiles: int) -> numpy.ndarray:
    """View (images, tiles, channels, pixels) of a block of (N, C, H, W)."""
    channels, width = array.shape[1], array.shape[3]
    rows = array.reshape(len(array), channels, -1)[block.first:block.last, :, block.top * width:block.bottom * width]
    return rows.reshape(len(rows), channels, tiles, -1).swapaxes(1, 2)


def columns(xs: Sequence[Array], window: Window, block: Block, tiles: int = 0) -> numpy.ndarray:
    """The patches of images ``xs`` (N, C_i, H, W) that a block's outputs see.

    (C * kh * kw, images * rows * ow), or in ``tiles`` (images, tiles, C * kh * kw, rows of a tile * ow).
    """
    if window.is_pointwise and len(xs) == 1 and (tiles or block.last - block.first == 1):
        views = in_tiles(xs[0], block, tiles or 1)
        return views if tiles else views[0, 0]
    part = padded_rows(xs, window, block)
    (kh, kw), (dy, dx), (sy, sx) = window.kernel, window.dilate, window.stride
    images, channels, height, width = len(part), part.shape[1], block.bottom - block.top, window.y_size[1]
    n, c, h, w = part.strides
    shape, strides = (channels, kh, kw), (c, h * dy, w * dx)
    if tiles:
        lines = height // tiles
        shape = images, tiles, *shape, lines, width
        strides = n, lines * h * sy, *strides, h * sy, w * sx
        end = images, tiles, channels * kh * kw, lines * width
    else:
        shape, strides = (*shape, images, height, width), (*strides, n, h * sy, w * sx)
        end = channels * kh * kw, -1
    result = scratch('columns', shape, part.dtype)
    numpy.copyto(result, as_strided(part, shape, strides))
    return result.reshape(end)


def rows_of(gys: Sequence[Array], block: Block) -> numpy.ndarray:
    """A block of the output gradients, one below the other: (sum of O_i, pixels)."""
    images, width = block.last - block.first, gys[0].shape[3]
    if images == len(gys) == 1:
        return gys[0][block.first].reshape(gys[0].shape[1], -1)[:, block.top * width:block.bottom * width]
    parts = [gy[block.first:block.last, :, block.top:block.bottom].swapaxes(0, 1) for gy in gys]
    result = scratch('rows', (sum(map(len, parts)), *parts[0].shape[1:]), gys[0].dtype)
    return numpy.concatenate(parts, out=result).reshape(len(result), -1)


def add_patches(gx: Array, patches: Array, window: Window, block: Block) -> None:
    """Add columns' gradients to the images ``gx``, tap by tap, leaving out what falls on the padding."""
    shape = gx.shape[1], *window.kernel, block.last - block.first, block.bottom - block.top, window.y_size[1]
    patches = patches.reshape(shape).transpose(1, 2, 3, 0, 4, 5)
    images = gx[block.first:block.last]
    for i in range(window.kernel[0]):
        rows, from_rows = _reach(window, 0, i, block.top, block.bottom)
        for j in range(window.kernel[1]):
            places, from_places = _reach(window, 1, j, 0, window.y_size[1])
            target = images[:, :, rows, places]
            target += patches[i, j][:, :, from_rows, from_places]


def _reach(window: Window, axis: int, tap: int, first: int, last: int) -> tuple[slice, slice]:
    """Which image positions a tap reads for outputs ``first`` to ``last``, and for which of these outputs."""
    stride, start = window.stride[axis], tap * window.dilate[axis] - window.pad[axis]
    low = max(first, -(start // stride))
    high = max(low, min(last, (window.x_size[axis] - 1 - start) // stride + 1))
    begin = low * stride + start
    return slice(begin, begin + (high - low - 1) * stride + 1 if high > low else begin, stride), \
        slice(low - first, high - first)
