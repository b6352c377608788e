"""Convolution on a CPU as products of the weights and columns of patches, block by block.

A block's columns are gathered into memory that its thread keeps, small enough to stay in the cache, and the
product goes straight to its place in the output; or the product's columns are added to their places.

Products with few outputs are cut into tiles of some image rows, (images, tiles, depth, pixels): one call of NumPy
makes many of BLAS, each small enough that OpenBLAS (with AVX-512) does not rearrange its factors first, which takes
longer than to multiply them by a few rows.
"""
import numpy
from numpy.lib.stride_tricks import as_strided

from ._blocks import Block, Window, cut, padded_rows, turned
from ._parallel import parallel, scratch, spans, threads

# Bytes of columns a block, so that they are read back from a cache, in few calls; pixels a block below which its
# product is dominated by the weights; products below which a second thread costs more than it saves.
BLOCK_BYTES = 3 << 20
BLOCK_PIXELS = 384
SMALL_WORK = 4_000_000

# Products that OpenBLAS computes without rearranging the factors, and the outputs from which that does not matter.
TILE_WORK = 1_000_000
FEW_OUTPUTS = 32


def convolve(x, Ws, bs, window: Window) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights (O_i, C, kh, kw) and biases (O_i,) or None."""
    return _convolve([x], _joined(Ws), [len(W) for W in Ws], bs, window)


def convolve_turned(gys, Ws, window: Window) -> numpy.ndarray:
    """Sum over outputs ``gys`` (N, O_i, oh, ow) of what the transpose of a convolution makes of them: (N, C, h, w).

    ``window`` is the transpose's, see ``Window.flipped``.
    """
    return _convolve(gys, turned(_joined(Ws)), [Ws[0].shape[1]], [None], window)[0]


def _joined(Ws) -> numpy.ndarray:
    return numpy.concatenate(Ws) if len(Ws) > 1 else Ws[0]


def _convolve(xs, W, sizes, bs, window: Window) -> tuple:
    """Outputs of ``sizes`` channels from images one below the other. Threads own blocks."""
    batch, matrix = len(xs[0]), W.reshape(len(W), -1)
    outputs = [numpy.empty((batch, size, *window.y_size), xs[0].dtype) for size in sizes]
    depth, ends = matrix.shape[1], numpy.cumsum(sizes).tolist()
    matrices = [matrix[end - size:end] for size, end in zip(sizes, ends)]

    def run(block):
        tiles = _tiles(block, len(matrix), depth, window)
        patches = _columns(xs, window, block, tiles)
        if tiles:
            for y, part, b in zip(outputs, matrices, bs):
                _tiled_product(y, block, part, b, patches)
        else:
            _product(outputs, block, matrix, bs, patches)

    count = _workers(batch, depth, len(W), window)
    parallel(run, _blocks(batch, depth, window, matrix.itemsize, count))
    return tuple(outputs)


def _tiled_product(y, block: Block, W, b, patches) -> None:
    """Write ``W @ patches + b`` to a block of one output."""
    out = _in_tiles(y, block, patches.shape[1])
    numpy.matmul(W, patches, out=out)
    if b is not None:
        out += b[:, None]


def _product(outputs, block: Block, W, bs, patches) -> None:
    """Write ``W @ patches + b`` to a block of all outputs."""
    images, width = block.last - block.first, outputs[0].shape[3]
    if images == len(outputs) == 1:
        out = outputs[0][block.first].reshape(len(W), -1)[:, block.top * width:block.bottom * width]
        numpy.matmul(W, patches, out=out)
        if bs[0] is not None:
            out += bs[0][:, None]
        return
    product, first = numpy.matmul(W, patches, out=scratch('product', (len(W), patches.shape[1]), W.dtype)), 0
    product = product.reshape(len(W), images, block.bottom - block.top, width)
    for y, b in zip(outputs, bs):
        target = y[block.first:block.last, :, block.top:block.bottom].swapaxes(0, 1)
        part, first = product[first:first + len(target)], first + len(target)
        if b is None:
            numpy.copyto(target, part)
        else:
            numpy.add(part, b[:, None, None, None], out=target)


def weight_gradients(x, gys, window: Window) -> list:
    """Products of output gradients and the image's columns; threads own input channels."""
    batch, channels = x.shape[:2]
    sizes = [gy.shape[1] for gy in gys]
    groups = spans(channels, _workers(batch, channels * window.taps, sum(sizes), window))
    pieces = _blocks(batch, groups[-1][1] * window.taps // len(groups), window, x.itemsize)
    gW = numpy.empty((sum(sizes), channels * window.taps), x.dtype)

    def run(group):
        own, target = x[:, slice(*group)], gW[:, group[0] * window.taps:group[1] * window.taps]
        for block in pieces:
            partial = _weight_gradient(own, gys, window, block)
            if block is pieces[0]:
                numpy.copyto(target, partial)
            else:
                target += partial

    parallel(run, groups)
    gWs = numpy.split(gW, numpy.cumsum(sizes)[:-1])
    return [gW.reshape(size, channels, *window.kernel) for gW, size in zip(gWs, sizes)]


def _weight_gradient(x, gys, window: Window, block: Block) -> numpy.ndarray:
    """A block's share: (sum of O_i, C * kh * kw), in scratch memory."""
    outputs, depth = sum(gy.shape[1] for gy in gys), x.shape[1] * window.taps
    tiles = _tiles(block, outputs, depth, window) if len(gys) == 1 else 0
    patches = _columns([x], window, block, tiles)
    if tiles:
        rows = _in_tiles(gys[0], block, tiles)
        partial = scratch('partial', (*patches.shape[:2], outputs, depth), x.dtype)
        return numpy.matmul(rows, patches.swapaxes(2, 3), out=partial).sum((0, 1))
    return numpy.matmul(_rows(gys, block), patches.T, out=scratch('partial', (outputs, depth), x.dtype))


def input_gradient(gys, Ws, window: Window) -> numpy.ndarray:
    """Columns' gradients ``W.T @ gy`` added to where the columns came from; threads own input channels."""
    batch, channels = len(gys[0]), Ws[0].shape[1]
    W = _joined(Ws).reshape(-1, channels * window.taps)
    gx = numpy.zeros((batch, channels, *window.x_size), gys[0].dtype)
    groups = spans(channels, _workers(batch, W.shape[1], len(W), window))
    pieces = _blocks(batch, groups[-1][1] * window.taps // len(groups), window, gx.itemsize)

    def run(group):
        weights = W[:, group[0] * window.taps:group[1] * window.taps].T
        for block in pieces:
            rows = _rows(gys, block)
            patches = scratch('columns', (len(weights), rows.shape[1]), gx.dtype)
            numpy.matmul(weights, rows, out=patches)
            _add_patches(gx[:, slice(*group)], patches, window, block)

    parallel(run, groups)
    return gx


def _workers(batch: int, depth: int, outputs: int, window: Window) -> int:
    """Number of threads worth waking for that many products."""
    products = batch * depth * outputs * window.y_size[0] * window.y_size[1]
    return threads() if products > SMALL_WORK else 1


def _blocks(batch: int, depth: int, window: Window, itemsize: int, workers: int = 1) -> list[Block]:
    """Blocks whose columns, ``depth`` high, suit the cache."""
    return cut(batch, *window.y_size, max(BLOCK_BYTES // (itemsize * depth), BLOCK_PIXELS), workers)


def _tiles(block: Block, outputs: int, depth: int, window: Window) -> int:
    """Tiles to cut every image of a block into; 0 where the product is better done at once."""
    height, work = block.bottom - block.top, outputs * depth * window.y_size[1]
    if outputs >= FEW_OUTPUTS or work > TILE_WORK:
        return 0
    return next(tiles for tiles in range(1, height + 1) if height % tiles == 0 and work * height <= tiles * TILE_WORK)


def _in_tiles(array, block: Block, tiles: int) -> numpy.ndarray:
    """View (images, tiles, channels, pixels) of a block of (N, C, H, W)."""
    channels, width = array.shape[1], array.shape[3]
    rows = array.reshape(len(array), channels, -1)[block.first:block.last, :, block.top * width:block.bottom * width]
    return rows.reshape(len(rows), channels, tiles, -1).swapaxes(1, 2)


def _columns(xs, window: Window, block: Block, tiles: int = 0) -> numpy.ndarray:
    """The patches of images ``xs`` (N, C_i, H, W) that a block's outputs see.

    (C * kh * kw, images * rows * ow), or in ``tiles`` (images, tiles, C * kh * kw, rows of a tile * ow).
    """
    if window.is_pointwise and len(xs) == 1 and (tiles or block.last - block.first == 1):
        views = _in_tiles(xs[0], block, tiles or 1)
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


def _rows(gys, block: Block) -> numpy.ndarray:
    """A block of the output gradients, one below the other: (sum of O_i, pixels)."""
    images, width = block.last - block.first, gys[0].shape[3]
    if images == len(gys) == 1:
        return gys[0][block.first].reshape(gys[0].shape[1], -1)[:, block.top * width:block.bottom * width]
    parts = [gy[block.first:block.last, :, block.top:block.bottom].swapaxes(0, 1) for gy in gys]
    result = scratch('rows', (sum(map(len, parts)), *parts[0].shape[1:]), gys[0].dtype)
    return numpy.concatenate(parts, out=result).reshape(len(result), -1)


def _add_patches(gx, patches, window: Window, block: Block) -> None:
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
