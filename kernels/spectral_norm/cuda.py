"""Launches of spectral_norm.cu, for one weight or for all of a network."""
import math
from collections.abc import Sequence

import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array, address, array_module
from ..runtime.launching import THREADS, blocks, kernel

# Columns a block takes of a product, packs a thread takes of W / sigma, and the most blocks that share a sum.
WIDTH = 32
PACKS = 4
PARTS = 256
# Elements that parts of common buffers begin at, so that all accesses of 16 bytes are aligned.
ALIGNMENT = 8


class Table:
    """Where the weights and u of some layers lie, on the device; found again there by every launch."""

    def __init__(self, matrices: Sequence[Array], us: Sequence[Array]):
        xp = array_module(*matrices)
        self.key = self.key_of(matrices, us)
        self.shapes = [shape for *_, shape in self.key]
        # Places in the buffers for matrices, for rows and for columns; last, the buffers' sizes.
        self.places = [self._places(sizes) for sizes in
                       ([matrix.size for matrix in matrices], *zip(*self.shapes))]
        rows = [[*addresses, *shape, *places] for (*addresses, shape), *places in zip(self.key, *self.places)]
        self.array = xp.asarray(numpy.array(rows, numpy.int64))

    @staticmethod
    def key_of(matrices: Sequence[Array], us: Sequence[Array]) -> tuple:
        """Addresses and shapes, which tell whether a table still holds."""
        return tuple((address(matrix), address(u), matrix.shape) for matrix, u in zip(matrices, us))

    @staticmethod
    def _places(sizes) -> list[int]:
        ends = numpy.cumsum([-(-size // ALIGNMENT) * ALIGNMENT for size in sizes])
        return [0, *map(int, ends)]

    def parts(self, buffer: Array, which: int) -> list:
        """Each layer's part of a buffer for matrices (0), rows (1) or columns (2)."""
        sizes = [shape if which == 0 else (shape[which - 1],) for shape in self.shapes]
        return [buffer[place:place + math.prod(size)].reshape(size)
                for place, size in zip(self.places[which], sizes)]


def normalize(matrix: Array, u: Array) -> tuple[Array, Array, Array, Array]:
    """``matrix / sigma``, u, v and sigma; ``u`` stays as it is."""
    xp, (rows, columns) = array_module(matrix), matrix.shape
    matrix, u = xp.ascontiguousarray(matrix), xp.ascontiguousarray(u, numpy.float32)
    v, following, sigma = (xp.empty(count, numpy.float32) for count in (columns, rows, 1))
    normalized = xp.empty(matrix.shape, matrix.dtype)
    layer = None, matrix, u, numpy.int32(rows), numpy.int32(columns)
    _iterate(layer, [matrix.shape], (v, following, sigma), normalized, update=False)
    return normalized, following, v, sigma.reshape(())


def normalize_all(table: Table, dtype: DTypeLike, update: bool) -> list[tuple]:
    """The same for all layers of a table; ``update`` writes their u in place."""
    xp = array_module(table.array)
    buffer, following, v = (xp.empty(places[-1], kind) for places, kind in
                            zip(table.places, (dtype, numpy.float32, numpy.float32)))
    sigma = xp.empty(len(table.shapes), numpy.float32)
    layer = table.array, None, None, numpy.int32(0), numpy.int32(0)
    _iterate(layer, table.shapes, (v, following, sigma), buffer, update)
    sigmas = [sigma[i:i + 1].reshape(()) for i in range(len(sigma))]
    return list(zip(table.parts(buffer, 0), table.parts(following, 1), table.parts(v, 2), sigmas))


def _iterate(layer, shapes, vectors, normalized, update):
    v, following, sigma = vectors
    rows, columns = (max(sizes) for sizes in zip(*shapes))
    size = max(a * b for a, b in shapes)

    def launch(function, grid, *arguments):
        kernel('spectral_norm', function, T=normalized.dtype)((grid, len(shapes)), (THREADS,), (*layer, *arguments))

    launch('spectral_columns', blocks(columns, WIDTH), v)
    launch('spectral_rows', blocks(rows, 1), v, following)
    launch('spectral_vectors', 1, v, following, sigma, numpy.int32(update))
    launch('spectral_scale', blocks(size, THREADS * PACKS * 4), sigma, normalized)


def weight_gradient(g: Array, normalized: Array, u: Array, v: Array, sigma: Array) -> Array:
    """Gradient of W from that of ``W / sigma``."""
    xp = array_module(g)
    g, normalized = xp.ascontiguousarray(g), xp.ascontiguousarray(normalized)
    parts = min(blocks(g.size, THREADS * PACKS * 4), PARTS)
    partial, result = xp.empty(parts, numpy.float32), xp.empty(g.shape, g.dtype)
    inner = kernel('spectral_norm', 'spectral_inner', T=g.dtype)
    inner((parts,), (THREADS,), (g, normalized, partial, numpy.int64(g.size)))
    sizes = (numpy.int32(size) for size in (*g.shape, parts))
    gradient = kernel('spectral_norm', 'spectral_gradient', T=g.dtype)
    gradient((blocks(len(g), 1),), (THREADS,), (g, partial, u, v, sigma.reshape(1), result, *sizes))
    return result
