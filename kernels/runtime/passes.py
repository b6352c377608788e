"""Images on a CPU in blocks that stay in the cache, in either layout, for passes that treat every channel alike.

Channels first, a block is some channels of all images: (N, c, pixels). Channels last it is some pixels with all their
channels: (rows, pixels a row * C), several pixels a row, because NumPy takes long over short rows. Sums over a channel
are then sums over blocks, so what needs them waits for another pass.
"""
import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import numpy

from .across import Statistics
from .arrays import Array
from .layout import dense, is_channels_last, new
from .threads import parallel, portions, scratch

# Numbers a block: few enough for the cache, many enough that threads seldom wait for the interpreter.
BLOCK_SIZE = 1 << 18
# Numbers a row, where channels are last.
ROW = 4096


@dataclasses.dataclass(frozen=True)
class Block:
    """Where a block is in rows, in vectors of the channels, and in sums; pixels of a channel."""

    rows: Any
    channels: slice
    sums: Any
    pixels: int


class Passes:
    """Layout and blocks of arrays (N, C, H, W) that are shaped as ``like``; results lie in memory as it does."""

    def __init__(self, like: Array):
        self.like, self.last = like, is_channels_last(like)
        batch, channels, height, width = like.shape
        self.pixels = batch * height * width
        if not self.last:
            self.blocks = [Block(numpy.s_[:, first:end], slice(first, end), numpy.s_[:, 0, first:end], self.pixels)
                           for first, end in portions(channels, like.size, BLOCK_SIZE)]
            return
        self.together = _pixels_a_row(self.pixels, max(ROW // channels, 1))
        parts = portions(self.pixels // self.together, like.size, BLOCK_SIZE)
        self.blocks = [Block(numpy.s_[first:end], slice(None), numpy.s_[:, number], (end - first) * self.together)
                       for number, (first, end) in enumerate(parts)]

    def rows(self, array: Any) -> Any:
        """An array as rows, copied where it lies otherwise; None stays None."""
        if array is None:
            return None
        array = dense(array, self.last)
        if not self.last:
            return array.reshape(*array.shape[:2], -1)
        return array.transpose(0, 2, 3, 1).reshape(-1, self.together * array.shape[1])

    def empty(self) -> numpy.ndarray:
        """An uninitialised array like that of the passes."""
        return new(self.like, self.like.shape, self.last)

    def spread(self, vector: Array) -> numpy.ndarray:
        """Numbers of some channels, (c,), as they are added to rows."""
        vector = vector.astype(self.like.dtype, copy=False)
        return numpy.tile(vector, self.together)[None] if self.last else vector[:, None]

    def sums(self, count: int) -> numpy.ndarray:
        """Uninitialised room for so many sums a channel and block: (count, blocks of a channel, C)."""
        return numpy.empty((count, len(self.blocks) if self.last else 1, self.like.shape[1]), self.like.dtype)

    def sum(self, a: Array) -> numpy.ndarray:
        """Sum of each channel of a block, (c,); BLAS is faster than NumPy's own sum."""
        if self.last:
            return self._folded(numpy.ones(len(a), a.dtype) @ a)
        return (a @ numpy.ones(a.shape[2], a.dtype)).sum(0)

    def dot(self, a: Array, b: Array) -> numpy.ndarray:
        """Sum of ``a * b`` of each channel of a block, (c,)."""
        if self.last:
            return self._folded(numpy.einsum('ij,ij->j', a, b))
        return numpy.matmul(a[:, :, None], b[..., None])[..., 0, 0].sum(0)

    def _folded(self, row) -> numpy.ndarray:
        return row.reshape(self.together, -1).sum(0)

    def pixel_rows(self, array: Array) -> numpy.ndarray:
        """What all channels share, (N, 1, H, W), for ``outer`` and ``pixel_dot``."""
        array = numpy.ascontiguousarray(array).astype(self.like.dtype, copy=False)
        return array.reshape(-1, self.together) if self.last else array.reshape(len(array), 1, -1)

    def outer(self, vector: Array, pixels: Array, block: Block, out: Array) -> None:
        """Write ``vector * pixels`` to a block: (C,) times what ``pixel_rows`` gave."""
        if self.last:
            shape = *pixels[block.rows].shape, len(vector)
            numpy.multiply(pixels[block.rows][..., None], vector, out=out.reshape(shape))
        else:
            numpy.multiply(pixels, vector[block.channels, None], out=out)

    def pixel_dot(self, a: Array, pixels: Array, block: Block) -> numpy.ndarray:
        """Sum of ``a * pixels`` of each channel of a block, (c,)."""
        if self.last:
            return pixels[block.rows].reshape(-1) @ a.reshape(-1, self.like.shape[1])
        return self.dot(a, pixels)

    def run(self, function: Callable) -> None:
        """Call ``function(block)`` for all blocks, on all cores."""
        parallel(function, self.blocks)

    def run_in_turn(self, sum_up: Callable, settle: Callable, finish: Callable) -> None:
        """``sum_up(block)``, ``settle(channels)`` as soon as these are summed up, ``finish(block)``, on all cores.

        Channels first, a block goes through all three while it is in the cache. ``channels`` is a slice.
        """
        if self.last:
            self.run(sum_up)
            settle(slice(None))
            self.run(finish)
        else:
            self.run(lambda block: (sum_up(block), settle(block.channels), finish(block)))


@functools.lru_cache(maxsize=256)
def _pixels_a_row(pixels: int, most: int) -> int:
    """As many as fit, but none may be left over for a shorter row."""
    return next(count for count in range(most, 0, -1) if pixels % count == 0)


class Moments:
    """``statistics`` of each channel, merged from those of blocks (Chan et al. 1979).

    Blocks have their own means, so that a mean far from 0 costs no digits.
    """

    def __init__(self, passes: Passes):
        self.passes, self.sums = passes, passes.sums(2)
        self.statistics = Statistics(*numpy.empty((2, passes.like.shape[1]), passes.like.dtype))
        self.counts = numpy.array([[block.pixels] for block in passes.blocks[:self.sums.shape[1]]], passes.like.dtype)

    def measure(self, block: Block, rows: Array) -> None:
        """Take in the rows of a block, which stay as they are."""
        mean = self.passes.sum(rows) / rows.dtype.type(block.pixels)
        h = numpy.subtract(rows, self.passes.spread(mean), out=scratch('moments', rows.shape, rows.dtype))
        self.sums[block.sums] = mean, self.passes.dot(h, h)

    def merge(self, channels: slice) -> None:
        """Work out the moments of channels all of whose blocks have been measured."""
        means, squares = self.sums[..., channels]
        mean = (means * self.counts).sum(0) / self.passes.pixels
        self.statistics.mean[channels] = mean
        self.statistics.variance[channels] = (
            squares + self.counts * (means - mean) ** 2).sum(0) / self.passes.pixels


class Spread:
    """Vectors (C,) as they are added to rows, set for some channels at a time: ``spread[channels] = vector``."""

    def __init__(self, passes: Passes):
        self.passes = passes
        self.numbers = passes.spread(numpy.empty(passes.like.shape[1], passes.like.dtype))

    def __setitem__(self, channels: slice, vector: Array) -> None:
        self.numbers[channels] = self.passes.spread(vector)

    def __getitem__(self, channels: slice) -> numpy.ndarray:
        return self.numbers[channels]
