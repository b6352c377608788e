"""Convolution on a CPU as products of the weights and columns of patches, block by block.

A block's columns are gathered into memory that its thread keeps, small enough to stay in the cache, and the
product goes straight to its place in the output; or the product's columns are added to their places.
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


def convolve(x, Ws, bs, window: Window, turn: bool = False) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights (O_i, C, kh, kw) and biases (O_i,) or None.

    ``turn`` says that the weights belong to the transposed convolution. Threads own blocks.
    """
    Ws = [turned(W) for W in Ws] if turn else Ws
    outputs = [numpy.empty((len(x), len(W), *window.y_size), x.dtype) for W in Ws]
    matrices = [W.reshape(len(W), -1) for W in Ws]
    depth = matrices[0].shape[1]

    def run(block):
        patches = _columns(x, window, block)
        for y, W, b in zip(outputs, matrices, bs):
            _product(y, block, W, b, patches)

    count = _workers(len(x), depth, sum(map(len, Ws)), window)
    parallel(run, _blocks(len(x), depth, window, x.itemsize, count))
    return tuple(outputs)


def _product(y, block: Block, W, b, patches) -> None:
    """Write ``W @ patches + b`` to a block of the output."""
    images, width = block.last - block.first, y.shape[3]
    direct = images == 1
    if direct:
        out = y[block.first].reshape(len(W), -1)[:, block.top * width:block.bottom * width]
    else:
        out = scratch('product', (len(W), patches.shape[1]), y.dtype)
    numpy.matmul(W, patches, out=out)
    if b is not None:
        out += b[:, None]
    if not direct:
        y[block.first:block.last] = out.reshape(len(W), images, *y.shape[2:]).swapaxes(0, 1)


def weight_gradients(x, gys, window: Window) -> list:
    """Products of output gradients and the image's columns; threads own input channels."""
    batch, channels = x.shape[:2]
    outputs = sum(gy.shape[1] for gy in gys)
    groups = spans(channels, _workers(batch, channels * window.taps, outputs, window))
    pieces = _blocks(batch, groups[-1][1] * window.taps // len(groups), window, x.itemsize)
    gWs = [numpy.empty((gy.shape[1], channels, *window.kernel), x.dtype) for gy in gys]

    def run(group):
        for block in pieces:
            patches = _columns(x[:, slice(*group)], window, block)
            for gW, gy in zip(gWs, gys):
                target = gW.reshape(len(gW), -1)[:, group[0] * window.taps:group[1] * window.taps]
                if block is pieces[0]:
                    numpy.matmul(_rows([gy], block), patches.T, out=target)
                else:
                    partial = scratch('partial', target.shape, x.dtype)
                    target += numpy.matmul(_rows([gy], block), patches.T, out=partial)

    parallel(run, groups)
    return gWs


def input_gradient(gys, Ws, window: Window) -> numpy.ndarray:
    """Columns' gradients ``W.T @ gy`` added to where the columns came from; threads own input channels."""
    batch, channels = len(gys[0]), Ws[0].shape[1]
    W = (numpy.concatenate(Ws) if len(Ws) > 1 else Ws[0]).reshape(-1, channels * window.taps)
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


def _columns(x, window: Window, block: Block) -> numpy.ndarray:
    """The patches of ``x`` (N, C, H, W) that a block's outputs see: (C * kh * kw, images * rows * ow)."""
    if window.is_pointwise and block.last - block.first == 1:
        width = window.x_size[1]
        return x[block.first].reshape(x.shape[1], -1)[:, block.top * width:block.bottom * width]
    part = padded_rows(x, window, block)
    (kh, kw), (dy, dx), (sy, sx) = window.kernel, window.dilate, window.stride
    shape = x.shape[1], kh, kw, block.last - block.first, block.bottom - block.top, window.y_size[1]
    n, c, h, w = part.strides
    patches = as_strided(part, shape, (c, h * dy, w * dx, n, h * sy, w * sx))
    result = scratch('columns', shape, x.dtype)
    numpy.copyto(result, patches)
    return result.reshape(shape[0] * kh * kw, -1)


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
