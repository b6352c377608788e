"""Convolution on a CPU: blocks of columns that stay in the cache, a matrix product each, on all cores.

A block is some output rows of one image, or several whole images if these are small. Its columns are gathered
into memory that a thread keeps, and the product goes straight to its place in the output.
"""
import dataclasses
from functools import cached_property

import numpy
from numpy.lib.stride_tricks import as_strided

from ._parallel import parallel, scratch, spans, threads

# Bytes of columns a block, so that they are read back from the second-level cache; pixels a block below which
# its product is dominated by the weights; products below which a second thread costs more than it saves.
BLOCK_BYTES = 3 << 19
BLOCK_PIXELS = 384
SMALL_WORK = 4_000_000

# Cost of a number added to an image, and of one moved to turn the weights around; one copied costs 1.
SCATTER_COST = 3
TURN_COST = 5


@dataclasses.dataclass(frozen=True)
class Window:
    """Geometry of a convolution: all pairs are (vertical, horizontal)."""

    x_size: tuple[int, int]
    y_size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    pad: tuple[int, int]
    dilate: tuple[int, int]

    @cached_property
    def is_pointwise(self) -> bool:
        """Whether the columns are the image itself."""
        return self.kernel == self.stride == (1, 1) and self.pad == (0, 0) and self.x_size == self.y_size

    @cached_property
    def taps(self) -> int:
        """Number of weights an input channel."""
        return self.kernel[0] * self.kernel[1]

    def flipped(self) -> 'Window':
        """Geometry of the stride 1 convolution that is this one's transpose."""
        pad = tuple(d * (k - 1) - p for d, k, p in zip(self.dilate, self.kernel, self.pad))
        return dataclasses.replace(self, x_size=self.y_size, y_size=self.x_size, pad=pad)


@dataclasses.dataclass(frozen=True)
class Block:
    """Output rows ``top`` to ``bottom`` of the images ``first`` to ``last``."""

    first: int
    last: int
    top: int
    bottom: int


def blocks(batch: int, depth: int, window: Window, itemsize: int, workers: int = 1) -> list[Block]:
    """Cut the output into blocks whose columns, ``depth`` high, suit the cache, evenly for some threads."""
    height, width = window.y_size
    pixels = max(BLOCK_BYTES // (itemsize * depth), BLOCK_PIXELS)
    count = max(round(batch * height * width / pixels / workers), 1) * workers
    if batch > 1 and height * width * 2 <= pixels:
        return [Block(*span, 0, height) for span in spans(batch, count)]
    rows = spans(height, -(-count // batch))
    return [Block(n, n + 1, *span) for n in range(batch) for span in rows]


def workers(batch: int, depth: int, outputs: int, window: Window) -> int:
    """Number of threads worth waking for that many products."""
    products = batch * depth * outputs * window.y_size[0] * window.y_size[1]
    return threads() if products > SMALL_WORK else 1


def _turned(W) -> numpy.ndarray:
    """Weights of the transposed convolution: channels swapped, taps in reverse order."""
    return numpy.ascontiguousarray(W.swapaxes(0, 1)[:, :, ::-1, ::-1])


def _can_turn(window: Window) -> bool:
    return window.stride == (1, 1) and min(window.flipped().pad) >= 0


def columns(x, window: Window, block: Block) -> numpy.ndarray:
    """The patches of ``x`` (N, C, H, W) that a block's outputs see: (C * kh * kw, images * rows * ow)."""
    if window.is_pointwise and block.last - block.first == 1:
        width = window.x_size[1]
        return x[block.first].reshape(x.shape[1], -1)[:, block.top * width:block.bottom * width]
    part = _padded_rows(x, window, block)
    (kh, kw), (dy, dx), (sy, sx) = window.kernel, window.dilate, window.stride
    shape = x.shape[1], kh, kw, block.last - block.first, block.bottom - block.top, window.y_size[1]
    n, c, h, w = part.strides
    patches = as_strided(part, shape, (c, h * dy, w * dx, n, h * sy, w * sx))
    result = scratch('columns', shape, x.dtype)
    numpy.copyto(result, patches)
    return result.reshape(shape[0] * kh * kw, -1)


def _padded_rows(x, window: Window, block: Block) -> numpy.ndarray:
    """The rows of the padded images that a block's outputs see."""
    (height, width), (ph, pw) = window.x_size, window.pad
    top = block.top * window.stride[0] - ph
    bottom = (block.bottom - 1) * window.stride[0] + window.dilate[0] * (window.kernel[0] - 1) - ph + 1
    low, high = max(top, 0), min(bottom, height)
    images = x[block.first:block.last, :, low:high]
    if not pw and (low, high) == (top, bottom):
        return images
    padded = scratch('padded', (*images.shape[:2], bottom - top, width + 2 * pw), x.dtype)
    padded.fill(0)
    padded[:, :, low - top:high - top, pw:pw + width] = images
    return padded


def convolve(x, Ws, bs, window: Window) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights (O_i, C, kh, kw) and biases (O_i,) or None."""
    channels, outputs = x.shape[1], sum(map(len, Ws))
    if len(Ws) == 1 and SCATTER_COST * outputs < channels and _can_turn(window):
        y = _scatter([x], [_turned(Ws[0])], window.flipped())
        return (y if bs[0] is None else numpy.add(y, bs[0][:, None, None], out=y)),
    return _gather(x, Ws, bs, window)


def _gather(x, Ws, bs, window: Window) -> tuple:
    """Outputs as products of the weights and the image's columns; threads own blocks."""
    outputs = [numpy.empty((len(x), len(W), *window.y_size), x.dtype) for W in Ws]
    matrices = [W.reshape(len(W), -1) for W in Ws]
    depth = matrices[0].shape[1]

    def run(block):
        patches = columns(x, window, block)
        for y, W, b in zip(outputs, matrices, bs):
            _product(y, block, W, b, patches)

    count = workers(len(x), depth, sum(map(len, Ws)), window)
    parallel(run, blocks(len(x), depth, window, x.itemsize, count))
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
    """Gradients (O_i, C, kh, kw) by the weights."""
    channels, outputs = x.shape[1], gys[0].shape[1]
    if len(gys) == 1 and outputs < channels and _can_turn(window):
        gW, = _correlate(gys[0], [x], window.flipped())
        return [_turned(gW)]
    return _correlate(x, gys, window)


def _correlate(x, gys, window: Window) -> list:
    """Products of output gradients and the image's columns; threads own input channels."""
    batch, channels = x.shape[:2]
    outputs = sum(gy.shape[1] for gy in gys)
    groups = spans(channels, workers(batch, channels * window.taps, outputs, window))
    pieces = blocks(batch, groups[-1][1] * window.taps // len(groups), window, x.itemsize)
    gWs = [numpy.empty((gy.shape[1], channels, *window.kernel), x.dtype) for gy in gys]

    def run(group):
        for block in pieces:
            patches = columns(x[:, slice(*group)], window, block)
            for gW, gy in zip(gWs, gys):
                target = gW.reshape(len(gW), -1)[:, group[0] * window.taps:group[1] * window.taps]
                if block is pieces[0]:
                    numpy.matmul(_rows([gy], block), patches.T, out=target)
                else:
                    partial = scratch('partial', target.shape, x.dtype)
                    target += numpy.matmul(_rows([gy], block), patches.T, out=partial)

    parallel(run, groups)
    return gWs


def _rows(gys, block: Block) -> numpy.ndarray:
    """A block of the output gradients, one below the other: (sum of O_i, pixels)."""
    images, width = block.last - block.first, gys[0].shape[3]
    if images == len(gys) == 1:
        return gys[0][block.first].reshape(gys[0].shape[1], -1)[:, block.top * width:block.bottom * width]
    parts = [gy[block.first:block.last, :, block.top:block.bottom].swapaxes(0, 1) for gy in gys]
    result = scratch('rows', (sum(map(len, parts)), *parts[0].shape[1:]), gys[0].dtype)
    return numpy.concatenate(parts, out=result).reshape(len(result), -1)


def input_gradient(gys, Ws, window: Window) -> numpy.ndarray:
    """Gradient (N, C, *x_size) by the image, summed over all outputs; weights are (O_i, C, kh, kw)."""
    (outputs, channels), pixels = Ws[0].shape[:2], len(gys[0]) * window.y_size[0] * window.y_size[1]
    # To gather columns of gy the weights have to be turned around, number by number.
    gather = outputs * pixels + TURN_COST * outputs * channels
    if len(gys) == 1 and gather < SCATTER_COST * channels * pixels and _can_turn(window):
        return _gather(gys[0], [_turned(Ws[0])], [None], window.flipped())[0]
    return _scatter(gys, Ws, window)


def _scatter(gys, Ws, window: Window) -> numpy.ndarray:
    """Columns' gradients ``W.T @ gy`` added to where the columns came from; threads own input channels."""
    batch, channels = len(gys[0]), Ws[0].shape[1]
    W = (numpy.concatenate(Ws) if len(Ws) > 1 else Ws[0]).reshape(-1, channels * window.taps)
    gx = numpy.zeros((batch, channels, *window.x_size), gys[0].dtype)
    groups = spans(channels, workers(batch, W.shape[1], len(W), window))
    pieces = blocks(batch, groups[-1][1] * window.taps // len(groups), window, gx.itemsize)

    def run(group):
        weights = W[:, group[0] * window.taps:group[1] * window.taps].T
        for block in pieces:
            rows = _rows(gys, block)
            patches = scratch('columns', (len(weights), rows.shape[1]), gx.dtype)
            numpy.matmul(weights, rows, out=patches)
            _add_patches(gx[:, slice(*group)], patches, window, block)

    parallel(run, groups)
    return gx


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
