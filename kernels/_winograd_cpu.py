"""Convolutions with half the multiplications: minimal filtering of columns of pixels, for kernels of 2 to 5 rows.

Lavin, Gray: Fast algorithms for convolutional neural networks, 2015, in one dimension: a tile of ``m`` output
rows and the ``m + kh - 1 = 6`` input rows it sees become 6 products for every place in the row, where the sum
over taps takes ``m * kh``. In one dimension every transformation works on whole rows, and rounding errors
stay near those of the plain sum. The weights go through G, the image through B, and the products through A:

    y = A.T [ (G w) . (B.T x) ],    points 0, 1, -1, 2, -2 and infinity

B and A are each a sparse matrix and a butterfly (sum and difference) of the two products of opposite points. The
gradients are the transposed steps in reverse order. Inside, arrays are (6, channels, images, tiles, width).
"""
import numpy
from numpy.lib.stride_tricks import as_strided

from ._blocks import Block, Window, cut, padded_rows, reached_rows
from ._parallel import parallel, scratch, spans, threads

POINTS = 6
PLACES = 0, 1, -1, 2, -2
SCALES = 1 / 4, -1 / 6, -1 / 6, 1 / 24, 1 / 24
FROM_INPUT = numpy.array([[4, 0, -5, 0, 1, 0], [0, 0, -4, 0, 1, 0], [0, -4, 0, 1, 0, 0],
                          [0, 0, -1, 0, 1, 0], [0, -2, 0, 2, 0, 0], [0, 4, 0, -5, 0, 1]])

# Worth it from so many channels on both sides (for images, for gradients of weights), and from so many pixels, as
# the weights' way through G takes as long as some hundred pixels do. Then bytes of a block's columns, its fewest
# pixels, and outputs at a time.
CHANNELS = 24
CHANNELS_FOR_WEIGHTS = 96
PIXELS = 512
BLOCK_BYTES = 3 << 19
BLOCK_PIXELS = 192
OUTPUTS = 64


def fits(window: Window, batch: int, channels: int, outputs: int, for_weights: bool = False) -> bool:
    """Whether this is the fastest way for a convolution and its gradients."""
    needed = CHANNELS_FOR_WEIGHTS if for_weights else CHANNELS
    return window.stride == window.dilate == (1, 1) and 2 <= window.kernel[0] < POINTS \
        and min(channels, outputs) >= needed and batch * window.y_size[0] * window.y_size[1] >= PIXELS


def convolve(x, Ws, bs, window: Window) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights (O_i, C, kh, kw) and biases (O_i,) or None."""
    outputs = [numpy.empty((len(x), len(W), *window.y_size), x.dtype) for W in Ws]
    weights = [_transform_weights(W) for W in Ws]
    matrix = _to_output(window)

    def run(block):
        columns = _columns(x, window, block)
        for y, U, b in zip(outputs, weights, bs):
            for first, last in spans(y.shape[1], round(y.shape[1] / OUTPUTS)):
                products = scratch('products', (POINTS, last - first, columns.shape[2]), x.dtype)
                numpy.matmul(U[:, first:last], columns, out=products)
                _to_rows(products, matrix, None if b is None else b[first:last], y[:, first:last], block)

    parallel(run, _blocks(len(x), x.shape[1], window, threads()))
    return tuple(outputs)


def weight_gradients(x, gys, window: Window) -> list:
    """Gradients (O_i, C, kh, kw) by the weights; every thread owns some outputs of each."""
    depth = x.shape[1] * window.kernel[1]
    pieces = _blocks(len(x), x.shape[1], window)
    matrix, parts = _to_output(window), min(threads(), *(gy.shape[1] for gy in gys))
    transformed = [numpy.empty((gy.shape[1], POINTS, depth), x.dtype) for gy in gys]

    def run(part):
        for block in pieces:
            columns = _columns(x, window, block).swapaxes(1, 2)
            for target, gy in zip(transformed, gys):
                own = slice(*spans(gy.shape[1], parts)[part])
                rows = _from_rows([gy[:, own]], matrix, block)
                out = target[own].swapaxes(0, 1)
                if block is pieces[0]:
                    numpy.matmul(rows, columns, out=out)
                else:
                    out += numpy.matmul(rows, columns, out=scratch('partial', out.shape, x.dtype))

    parallel(run, range(parts))
    return [_transform_weights_back(gU, window) for gU in transformed]


def input_gradient(gys, Ws, window: Window) -> numpy.ndarray:
    """Gradient (N, C, *x_size) by the image, summed over all outputs."""
    U = _transform_weights(numpy.concatenate(Ws) if len(Ws) > 1 else Ws[0]).swapaxes(1, 2)
    batch, channels, matrix = len(gys[0]), Ws[0].shape[1], _to_output(window)
    gx = numpy.zeros((batch, channels, *window.x_size), gys[0].dtype)

    def run(block):
        rows = _from_rows(gys, matrix, block)
        columns = scratch('columns', (POINTS, U.shape[1], rows.shape[2]), gx.dtype)
        numpy.matmul(U, rows, out=columns)
        _add_columns(columns, gx, window, block)

    # Neighbours add to the same rows of the image, so first every other block, then the rest.
    pieces = _blocks(batch, channels, window, 2 * threads())
    for start in range(2):
        parallel(run, pieces[start::2])
    return gx


def _tile(window: Window) -> int:
    """Output rows a tile."""
    return POINTS + 1 - window.kernel[0]


def _blocks(batch: int, channels: int, window: Window, workers: int = 1) -> list[Block]:
    """Blocks of whole tiles: their last rows may lie below the image."""
    tile, (height, width) = _tile(window), window.y_size
    places = max(BLOCK_BYTES // (4 * POINTS * channels * window.kernel[1]), BLOCK_PIXELS)
    return [Block(block.first, block.last, block.top * tile, block.bottom * tile)
            for block in cut(batch, -(-height // tile), width, places, workers)]


def _weights_matrix(kh: int, kw: int, dtype) -> numpy.ndarray:
    """G for every column of a kernel: (6 * kw, kh * kw)."""
    G = numpy.zeros((POINTS, kh))
    G[:-1] = numpy.array(SCALES)[:, None] * numpy.array(PLACES)[:, None] ** numpy.arange(kh)
    G[-1, -1] = 1
    return numpy.kron(G, numpy.eye(kw)).astype(dtype)


def _transform_weights(W) -> numpy.ndarray:
    """(O, C, kh, kw) to (6, O, kw * C)."""
    outputs, channels, kh, kw = W.shape
    matrix, taps = _weights_matrix(kh, kw, W.dtype), W.reshape(outputs, channels, -1).swapaxes(1, 2)
    result = numpy.empty((outputs, len(matrix), channels), W.dtype)

    def run(span):
        numpy.matmul(matrix, taps[slice(*span)], out=result[slice(*span)])

    parallel(run, spans(outputs, threads()))
    return result.reshape(outputs, POINTS, -1).swapaxes(0, 1)


def _transform_weights_back(gU, window: Window) -> numpy.ndarray:
    """The transposed way: (O, 6, kw * C) to (O, C, kh, kw)."""
    matrix = _weights_matrix(*window.kernel, gU.dtype)
    gW = numpy.matmul(gU.reshape(len(gU), len(matrix), -1).swapaxes(1, 2), matrix)
    return gW.reshape(*gW.shape[:2], *window.kernel)


def _columns(x, window: Window, block: Block) -> numpy.ndarray:
    """Through B, then gathered along the rows: (6, kw * C, places)."""
    part, tile, (kw, width) = padded_rows(x, window, block), _tile(window), (window.kernel[1], window.y_size[1])
    tiles = (block.bottom - block.top) // tile
    rows = [part[:, :, i:i + tile * (tiles - 1) + 1:tile].swapaxes(0, 1) for i in range(POINTS)]
    transformed = scratch('transformed', (POINTS, *rows[0].shape), x.dtype)
    half = scratch('half', transformed.shape, x.dtype)
    for target, coefficients in zip((transformed[0], *half[1:5], transformed[5]), FROM_INPUT):
        _combine(coefficients, rows, target)
    for point in (1, 3):
        _butterfly(*half[point:point + 2], *transformed[point:point + 2])
    p, c, n, t, w = transformed.strides
    shape = POINTS, kw, *rows[0].shape[:3], width
    columns = scratch('columns', shape, x.dtype)
    numpy.copyto(columns, as_strided(transformed, shape, (p, w, c, n, t, w)))
    return columns.reshape(POINTS, kw * x.shape[1], -1)


def _add_columns(columns, gx, window: Window, block: Block) -> None:
    """The transposed way of ``_columns``, added to the images."""
    tile, (kw, width) = _tile(window), (window.kernel[1], window.y_size[1])
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


def _to_output(window: Window) -> numpy.ndarray:
    """The sparse half of A.T: row k takes sums (k even) or differences times place ** k, and infinity."""
    matrix = numpy.zeros((_tile(window), POINTS))
    for k in range(len(matrix)):
        matrix[k, [1 + k % 2, 3 + k % 2]] = 1, 2 ** k
    matrix[0, 0] = matrix[-1, -1] = 1
    return matrix


def _to_rows(products, matrix, b, y, block: Block) -> None:
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


def _from_rows(gys, matrix, block: Block) -> numpy.ndarray:
    """The transposed way of ``_to_rows``, for several outputs one below the other: (6, sum of O_i, places)."""
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
        rows = [part[:, :, k::tile] for k in range(tile)]
        half = scratch('half', target.shape, gy.dtype)
        for out, coefficients in zip((target[0], *half[1:5], target[5]), matrix.T):
            _combine(coefficients, rows, out)
        for point in (1, 3):
            _butterfly(*half[point:point + 2], *target[point:point + 2])
        first += len(part)
    return result.reshape(POINTS, shape[1], -1)


def _halves(values) -> list:
    """The butterflies of values (6, ...), which are overwritten: each result takes a place that is free by then."""
    spare = scratch('spare', values.shape[1:], values.dtype)
    results = list(values)
    for first, place in ((1, spare), (3, values[2])):
        numpy.subtract(values[first], values[first + 1], out=place)
        values[first] += values[first + 1]
        results[first + 1] = place
    return results


def _butterfly(first, second, plus, minus) -> None:
    """Values at two opposite points: their sum and their difference."""
    numpy.add(first, second, out=plus)
    numpy.subtract(first, second, out=minus)


def _combine(coefficients, terms, out) -> None:
    """``out`` = the sum of terms times coefficients, most of which are 0 or 1, in as few passes as that takes."""
    used = sorted(((c, term) for c, term in zip(coefficients.tolist(), terms) if c), key=lambda pair: pair[0] == 1)
    (coefficient, term), *rest = used
    if coefficient == 1 and rest:
        numpy.add(term, rest.pop()[1], out=out)
    else:
        numpy.multiply(term, coefficient, out=out)
    for coefficient, term in rest:
        if coefficient != 1:
            term = numpy.multiply(term, coefficient, out=scratch('multiple', out.shape, out.dtype))
        out += term
