"""Convolution on a CPU as products of the weights and columns of patches, block by block.

A block's columns are gathered into memory that its thread keeps, small enough to stay in the cache, and the
product goes straight to its place in the output; or the product's columns are added to their places.
"""
from collections.abc import Sequence

import numpy

from ...runtime.arrays import Array
from ...runtime.threads import parallel, scratch, spans, threads
from ..window import Block, Window, cut, turned
from .patches import add_patches, columns, in_tiles, rows_of, tile_count

# Bytes of columns a block, so that they are read back from a cache, in few calls; pixels a block below which its
# product is dominated by the weights; products below which a second thread costs more than it saves.
BLOCK_BYTES = 3 << 20
BLOCK_PIXELS = 384
SMALL_WORK = 4_000_000


def convolve(x: Array, Ws: Sequence[Array], bs: Sequence[Array | None], window: Window) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights (O_i, C, kh, kw) and biases (O_i,) or None."""
    return _convolve([x], _joined(Ws), [len(W) for W in Ws], bs, window)


def convolve_turned(gys: Sequence[Array], Ws: Sequence[Array], window: Window) -> numpy.ndarray:
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
        tiles = tile_count(block, len(matrix), depth, window)
        patches = columns(xs, window, block, tiles)
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
    out = in_tiles(y, block, patches.shape[1])
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


def weight_gradients(x: Array, gys: Sequence[Array], window: Window) -> list:
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
    tiles = tile_count(block, outputs, depth, window) if len(gys) == 1 else 0
    patches = columns([x], window, block, tiles)
    if tiles:
        rows = in_tiles(gys[0], block, tiles)
        partial = scratch('partial', (*patches.shape[:2], outputs, depth), x.dtype)
        return numpy.matmul(rows, patches.swapaxes(2, 3), out=partial).sum((0, 1))
    return numpy.matmul(rows_of(gys, block), patches.T, out=scratch('partial', (outputs, depth), x.dtype))


def input_gradient(gys: Sequence[Array], Ws: Sequence[Array], window: Window) -> numpy.ndarray:
    """Columns' gradients ``W.T @ gy`` added to where the columns came from; threads own input channels."""
    batch, channels = len(gys[0]), Ws[0].shape[1]
    W = _joined(Ws).reshape(-1, channels * window.taps)
    gx = numpy.zeros((batch, channels, *window.x_size), gys[0].dtype)
    groups = spans(channels, _workers(batch, W.shape[1], len(W), window))
    pieces = _blocks(batch, groups[-1][1] * window.taps // len(groups), window, gx.itemsize)

    def run(group):
        weights = W[:, group[0] * window.taps:group[1] * window.taps].T
        for block in pieces:
            rows = rows_of(gys, block)
            patches = scratch('columns', (len(weights), rows.shape[1]), gx.dtype)
            numpy.matmul(weights, rows, out=patches)
            add_patches(gx[:, slice(*group)], patches, window, block)

    parallel(run, groups)
    return gx


def _workers(batch: int, depth: int, outputs: int, window: Window) -> int:
    """Number of threads worth waking for that many products."""
    products = batch * depth * outputs * window.y_size[0] * window.y_size[1]
    return threads() if products > SMALL_WORK else 1


def _blocks(batch: int, depth: int, window: Window, itemsize: int, workers: int = 1) -> list[Block]:
    """Blocks whose columns, ``depth`` high, suit the cache."""
    return cut(batch, *window.y_size, max(BLOCK_BYTES // (itemsize * depth), BLOCK_PIXELS), workers)
