"""Convolution on a CPU by minimal filtering along columns of pixels, block by block; see ``transforms``."""
from collections.abc import Sequence

import numpy

from ...runtime.arrays import Array
from ...runtime.threads import parallel, scratch, spans, threads
from ..window import Block, Window, cut
from . import transforms

# Worth it from so many channels on both sides (for images, for gradients of weights), from so many pixels, as
# the weights' way through G takes as long as some hundred pixels do, and so many products of the plain sum.
CHANNELS = 24
CHANNELS_FOR_WEIGHTS = 96
PIXELS = 512
PRODUCTS = 300_000_000

# Bytes of a block's columns, its fewest places (for images; for gradients of weights, whose sums over blocks
# cost more than the cache gives), and bytes of products at a time.
BLOCK_BYTES = 3 << 20
BLOCK_PIXELS = 192
BLOCK_PIXELS_FOR_WEIGHTS = 512
PRODUCT_BYTES = 3 << 20


def fits(window: Window, batch: int, channels: int, outputs: int, for_weights: bool = False) -> bool:
    """Whether this is the fastest way for a convolution and its gradients."""
    pixels = batch * window.y_size[0] * window.y_size[1]
    needed = CHANNELS_FOR_WEIGHTS if for_weights else CHANNELS
    return window.stride == window.dilate == (1, 1) and 2 <= window.kernel[0] <= 4 \
        and min(channels, outputs) >= needed and pixels >= PIXELS \
        and pixels * channels * outputs * window.taps >= PRODUCTS


def convolve(x: Array, Ws: Sequence[Array], bs: Sequence[Array | None], window: Window) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights (O_i, C, kh, kw) and biases (O_i,) or None."""
    return _convolve(x, [transforms.transform_weights(W) for W in Ws], bs, window)


def convolve_turned(gys: Sequence[Array], Ws: Sequence[Array], window: Window) -> numpy.ndarray:
    """As in ``columns``, of one output."""
    (gy,), (W,) = gys, Ws
    return _convolve(gy, [transforms.transform_weights(W, True)], [None], window)[0]


def _convolve(x, weights, bs, window: Window) -> tuple:
    outputs = [numpy.empty((len(x), U.shape[1], *window.y_size), x.dtype) for U in weights]
    matrix = transforms.to_output(window)

    def run(block):
        columns = transforms.columns(x, window, block)
        for y, U, b in zip(outputs, weights, bs):
            size = y.shape[1] * columns[:, 0].nbytes
            for first, last in spans(y.shape[1], round(size / PRODUCT_BYTES)):
                products = scratch('products', (transforms.POINTS, last - first, columns.shape[2]), x.dtype)
                numpy.matmul(U[:, first:last], columns, out=products)
                bias = None if b is None else b[first:last]
                transforms.to_rows(products, matrix, bias, y[:, first:last], block)

    parallel(run, _blocks(len(x), x.shape[1], window, threads()))
    return tuple(outputs)


def weight_gradients(x: Array, gys: Sequence[Array], window: Window) -> list:
    """Gradients (O_i, C, kh, kw) by the weights; every thread owns some outputs of each."""
    depth = x.shape[1] * window.kernel[1]
    pieces = _blocks(len(x), x.shape[1], window, fewest=BLOCK_PIXELS_FOR_WEIGHTS)
    matrix, parts = transforms.to_output(window), min(threads(), *(gy.shape[1] for gy in gys))
    transformed = [numpy.empty((gy.shape[1], transforms.POINTS, depth), x.dtype) for gy in gys]

    def run(part):
        for block in pieces:
            columns = transforms.columns(x, window, block).swapaxes(1, 2)
            for target, gy in zip(transformed, gys):
                own = slice(*spans(gy.shape[1], parts)[part])
                rows = transforms.from_rows([gy[:, own]], matrix, block)
                out = target[own].swapaxes(0, 1)
                if block is pieces[0]:
                    numpy.matmul(rows, columns, out=out)
                else:
                    out += numpy.matmul(rows, columns, out=scratch('partial', out.shape, x.dtype))

    parallel(run, range(parts))
    return [transforms.transform_weights_back(gU, window) for gU in transformed]


def input_gradient(gys: Sequence[Array], Ws: Sequence[Array], window: Window) -> numpy.ndarray:
    """Gradient (N, C, *x_size) by the image, summed over all outputs."""
    U = transforms.transform_weights(numpy.concatenate(Ws) if len(Ws) > 1 else Ws[0]).swapaxes(1, 2)
    batch, channels, matrix = len(gys[0]), Ws[0].shape[1], transforms.to_output(window)
    gx = numpy.zeros((batch, channels, *window.x_size), gys[0].dtype)

    def run(block):
        rows = transforms.from_rows(gys, matrix, block)
        columns = scratch('columns', (transforms.POINTS, U.shape[1], rows.shape[2]), gx.dtype)
        numpy.matmul(U, rows, out=columns)
        transforms.add_columns(columns, gx, window, block)

    # A block adds to no more rows than its own and the next one's: first every other block, then the rest. With
    # kernels of 5 rows it would reach further than a tile.
    pieces = _blocks(batch, channels, window, 2 * threads())
    for start in range(2):
        parallel(run, pieces[start::2])
    return gx


def _blocks(batch: int, channels: int, window: Window, workers: int = 1, fewest: int = 0) -> list[Block]:
    """Blocks of whole tiles: their last rows may lie below the image."""
    tile, (height, width) = transforms.tile_height(window), window.y_size
    places = max(BLOCK_BYTES // (4 * transforms.POINTS * channels * window.kernel[1]), fewest or BLOCK_PIXELS)
    return [Block(block.first, block.last, block.top * tile, block.bottom * tile)
            for block in cut(batch, -(-height // tile), width, places, workers)]
