"""Convolutions with half the multiplications: minimal filtering of columns of pixels, kernels of 2 to 4 rows.

Lavin, Gray: Fast algorithms for convolutional neural networks, 2015, in one dimension: a tile of ``m`` output
rows and the ``m + kh - 1 = 6`` input rows it sees become 6 products for every place in the row, where the sum
over taps takes ``m * kh``. In one dimension every transformation works on whole rows, and rounding errors
stay near those of the plain sum. The weights go through G, the image through B, and the products through A:

    y = A.T [ (G w) . (B.T x) ],    points 0, 1, -1, 2, -2 and infinity

B and A are each a sparse matrix and a butterfly (sum and difference) of the two products of opposite points.
The gradients are the transposed steps in reverse order. Inside, arrays are (6, channels, images, tiles, width).
"""
from collections.abc import Sequence

import numpy
from numpy.lib.stride_tricks import as_strided

from ...runtime.arrays import Array
from ...runtime.threads import parallel, scratch, spans, threads
from ..window import Block, Window, padded_rows, reached_rows

POINTS = 6
PLACES = 0, 1, -1, 2, -2
SCALES = 1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24
FROM_INPUT = numpy.array([[4, 0, -5, 0, 1, 0], [0, 0, -4, 0, 1, 0], [0, -4, 0, 1, 0, 0],
                          [0, 0, -1, 0, 1, 0], [0, -2, 0, 2, 0, 0], [0, 4, 0, -5, 0, 1]])


def tile_height(window: Window) -> int:
    """Output rows a tile."""
    return POINTS + 1 - window.kernel[0]


def _weights_matrix(kh: int, kw: int, dtype) -> numpy.ndarray:
    """G for every column of a kernel: (6 * kw, kh * kw)."""
    G = numpy.zeros((POINTS, kh))
    G[:-1] = numpy.array(SCALES)[:, None] * numpy.array(PLACES)[:, None] ** numpy.arange(kh)
    G[-1, -1] = 1
    return numpy.kron(G, numpy.eye(kw)).astype(dtype)


def transform_weights(W: Array, turned: bool = False) -> numpy.ndarray:
    """(O, C, kh, kw) to (6, O, kw * C); ``turned`` for the transposed convolution's, (6, C, kw * O)."""
    outputs, channels, kh, kw = W.shape
    matrix, taps = _weights_matrix(kh, kw, W.dtype), W.reshape(outputs, channels, -1).swapaxes(1, 2)
    if turned:
        # To turn the weights themselves, number by number, would take longer than all the rest of this.
        matrix, taps, outputs, channels = matrix[:, ::-1].copy(), taps.transpose(2, 1, 0), channels, outputs
    result = numpy.empty((outputs, len(matrix), channels), W.dtype)

    def run(span):
        numpy.matmul(matrix, taps[slice(*span)], out=result[slice(*span)])

    parallel(run, spans(outputs, threads()))
    return result.reshape(outputs, POINTS, -1).swapaxes(0, 1)


def transform_weights_back(gU: Array, window: Window) -> numpy.ndarray:
    """The transposed way: (O, 6, kw * C) to (O, C, kh, kw)."""
    matrix = _weights_matrix(*window.kernel, gU.dtype)
    taps = gU.reshape(len(gU), len(matrix), -1).swapaxes(1, 2)
    gW = numpy.empty((*taps.shape[:2], window.taps), gU.dtype)

    def run(span):
        numpy.matmul(taps[slice(*span)], matrix, out=gW[slice(*span)])

    parallel(run, spans(len(gU), threads()))
    return gW.reshape(*gW.shape[:2], *window.kernel)


def columns(x: Array, window: Window, block: Block) -> numpy.ndarray:
    """Through B, then gathered along the rows: (6, kw * C, places)."""
    tile, (kw, width) = tile_height(window), (window.kernel[1], window.y_size[1])
    part = padded_rows([x], window, block)
    tiles = (block.bottom - block.top) // tile
    rows = [part[:, :, i:i + tile * (tiles - 1) + 1:tile].swapaxes(0, 1) for i in range(POINTS)]
    transformed = scratch('transformed', (POINTS, *rows[0].shape), x.dtype)
    _through(FROM_INPUT, rows, transformed)
    p, c, n, t, w = transformed.strides
    shape = POINTS, kw, *rows[0].shape[:3], width
    columns = scratch('columns', shape, x.dtype)
    numpy.copyto(columns, as_strided(transformed, shape, (p, w, c, n, t, w)))
    return columns.reshape(POINTS, kw * x.shape[1], -1)


def add_columns(columns: Array, gx: Array, window: Window, block: Block) -> None:
    """The transposed way of ``columns``, added to the images."""
    tile, (kw, width) = tile_height(window), (window.kernel[1], window.y_size[1])
    images, tiles = block.last - block.first, (block.bottom - block.top) // tile
    columns = columns.reshape(POINTS, kw, gx.shape[1], images, tiles, width)
    transformed = scratch('transformed', (*columns.shape[:1], *columns.shape[2:5], width + kw - 1), gx.dtype)
    transformed.fill(0)
    for j in range(kw):
        transformed[..., j:j + width] += columns[:, j]
    half = _halves(transformed)
    part = scratch('part', (gx.shape[1], images, block.bottom - block.top + window.kernel[0] - 1,
                            width + kw - 1), gx.dtype)
    part.fill(0)
    row = scratch('row', transformed.shape[1:], gx.dtype)
    for i in range(POINTS):
        _combine(FROM_INPUT[:, i], half, row)
        part[:, :, i:i + tile * (tiles - 1) + 1:tile] += row
    top, low, high, _ = reached_rows(window, block)
    left, right = window.pad[1], window.pad[1] + window.x_size[1]
    gx[block.first:block.last, :, low:high] += part.swapaxes(0, 1)[:, :, low - top:high - top, left:right]


def to_output(window: Window) -> numpy.ndarray:
    """The sparse half of A.T: row k takes sums (k even) or differences times place ** k, and infinity."""
    matrix = numpy.zeros((tile_height(window), POINTS))
    for k in range(len(matrix)):
        matrix[k, [1 + k % 2, 3 + k % 2]] = 1, 2 ** k
    matrix[0, 0] = matrix[-1, -1] = 1
    return matrix


def to_rows(products: Array, matrix: Array, b: Array | None, y: Array, block: Block) -> None:
    """Through A.T: products (6, O, places) to a block of output rows, with the bias added."""
    half = _halves(products)
    if b is not None:
        for values in half[1:3]:
            values += b[:, None]
    y = y[block.first:block.last, :, block.top:block.bottom].swapaxes(0, 1)
    half = [values.reshape(*y.shape[:2], -1, y.shape[3]) for values in half]
    for k, coefficients in enumerate(matrix):
        out = y[:, :, k::len(matrix)]
        _combine(coefficients, [values[:, :, :out.shape[2]] for values in half], out)


def from_rows(gys: Sequence[Array], matrix: Array, block: Block) -> numpy.ndarray:
    """The transposed way of ``to_rows``, for several outputs one below the other: (6, sum of O_i, places)."""
    tile, height = len(matrix), block.bottom - block.top
    images, width = block.last - block.first, gys[0].shape[3]
    shape = POINTS, sum(gy.shape[1] for gy in gys), images, height // tile, width
    result, first = scratch('rows', shape, gys[0].dtype), 0
    for gy in gys:
        part = gy[block.first:block.last, :, block.top:block.bottom].swapaxes(0, 1)
        target = result[:, first:first + len(part)]
        if part.shape[2] < height:
            whole = scratch('whole', (*part.shape[:2], height, width), gy.dtype)
            whole.fill(0)
            whole[:, :, :part.shape[2]] = part
            part = whole
        _through(matrix.T, [part[:, :, k::tile] for k in range(tile)], target)
        first += len(part)
    return result.reshape(POINTS, shape[1], -1)


def _halves(values) -> list:
    """The butterflies of values (6, ...), which are overwritten: results take places that are free by then."""
    spare = scratch('spare', values.shape[1:], values.dtype)
    results = list(values)
    for first, place in ((1, spare), (3, values[2])):
        numpy.subtract(values[first], values[first + 1], out=place)
        values[first] += values[first + 1]
        results[first + 1] = place
    return results


def _through(matrix, rows, target) -> None:
    """The sparse matrix times some rows, then the butterflies: into ``target`` (6, ...)."""
    half = scratch('half', target.shape, target.dtype)
    for out, coefficients in zip((target[0], *half[1:5], target[5]), matrix):
        _combine(coefficients, rows, out)
    for first, second in ((1, 2), (3, 4)):
        numpy.add(half[first], half[second], out=target[first])
        numpy.subtract(half[first], half[second], out=target[second])


def _combine(coefficients, terms, out) -> None:
    """``out`` = the sum of terms times coefficients, most of which are 0 or 1, in as few passes as that takes."""
    used = [(coefficient, term) for coefficient, term in zip(coefficients.tolist(), terms) if coefficient]
    (coefficient, term), *rest = sorted(used, key=lambda pair: pair[0] == 1)
    if coefficient == 1 and rest:
        numpy.add(term, rest.pop()[1], out=out)
    else:
        numpy.multiply(term, coefficient, out=out)
    for coefficient, term in rest:
        if coefficient != 1:
            term = numpy.multiply(term, coefficient, out=scratch('multiple', out.shape, out.dtype))
        out += term
