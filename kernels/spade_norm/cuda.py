"""Launches of spade_norm.cu and spade_norm_gradient.cu."""
import dataclasses
from typing import Any

import numpy

from ..noise import NoiseStream
from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.images import Images, check_running, single
from ..runtime.launching import blocks
from ..runtime.layout import LARGEST

# Channels of a tile where they are first, as each file says; where they are last, (channels, pixels).
CHANNELS = {'spade_norm': 8, 'spade_norm_gradient': 4}
LAST = 8, 4
# As large as the registers that a thread takes let several of them share a multiprocessor.
THREADS, WARP = 128, 32
# Blocks of a launch that leaves parts to merge: enough to fill the largest cards once; and of one that does not, where
# more of them keep the last ones from running alone, but each first loads what belongs to its channels.
MERGED_BLOCKS, BLOCKS = 1024, 4096
MOST_GROUPS = 65535


def modulate(x: Array, gamma: Array, beta: Array, noise_weight: Array | None, noise: Array | NoiseStream | None,
             statistics: Statistics | None, running: Statistics | None, eps: float, decay: float,
             slope: float | None) -> tuple[Array, Statistics]:
    """As ``spade_norm.modulate``."""
    tiles, drawn = _Tiles('spade_norm', x), _noise(noise_weight, noise)
    x, gamma, beta = map(tiles.arranged, (x, gamma, beta))
    y = tiles.empty()
    if statistics is None:
        used = _of_batch(tiles, x, drawn, running, decay)
    else:
        used = Statistics._make(map(single, statistics))
    tiles.launch('modulate', x, gamma, beta, *drawn, *used, y, numpy.float32(eps), _slope(slope))
    return y, used


def _of_batch(tiles, x, drawn, running, decay) -> Statistics:
    """The batch's statistics; moves the running averages on."""
    check_running(tiles.file, running or ())
    partial, (mean, var) = tiles.partial(3), tiles.vectors(2)
    tiles.launch('statistics', x, *drawn, partial, parts=partial.shape[1])
    tiles.finish('finish_statistics', partial, numpy.int32(partial.shape[1]), mean, var, *(running or (None, None)),
                 numpy.float32(decay))
    return Statistics(mean, var)


def gradients(x: Array, gamma: Array, y: Array, gy: Array, noise_weight: Array | None,
              noise: Array | NoiseStream | None, statistics: Statistics, fixed: bool, eps: float,
              slope: float | None) -> tuple[Array, Array, Array, Array | None]:
    """As ``spade_norm.modulate_gradient``."""
    tiles, drawn = _Tiles('spade_norm_gradient', x), _noise(noise_weight, noise)
    x, gamma, y, gy = map(tiles.arranged, (x, gamma, y, gy))
    mean, var = map(single, statistics)
    gx, ggamma, gbeta = (tiles.empty() for _ in range(3))
    eps, partial = numpy.float32(eps), tiles.partial(5)
    tiles.launch('gradient_sums', x, gamma, y, gy, *drawn, mean, var, ggamma, gbeta, partial, eps, _slope(slope),
                 parts=partial.shape[1])
    by_channel, (gnoise_weight,) = tiles.vectors(3), [None] if noise is None else tiles.vectors(1)
    tiles.finish('finish_sums', partial, numpy.int32(partial.shape[1]), var, *by_channel, gnoise_weight, eps,
                 numpy.float32(x.size // x.shape[1]), numpy.int32(fixed))
    tiles.launch('input_gradient', x, gamma, gbeta, *drawn, mean, var, *by_channel, gx, eps)
    if gnoise_weight is not None:
        gnoise_weight = gnoise_weight.reshape(1, -1, 1, 1).astype(noise_weight.dtype, copy=False)
    return gx, ggamma, gbeta, gnoise_weight


def _noise(weight, noise) -> tuple:
    """The four arguments that name the noise: weight, array, state, stream."""
    if noise is None:
        return None, None, None, numpy.uint32(0)
    weight = single(weight.reshape(-1))
    if isinstance(noise, NoiseStream):
        return weight, None, noise.state, numpy.uint32(noise.stream)
    return weight, single(noise), None, numpy.uint32(0)


def _slope(slope) -> numpy.float32:
    return numpy.float32(1 if slope is None else slope)


class _Tiles(Images):
    """Images that kernels walk tile by tile. ValueError for larger ones than they count."""

    def __init__(self, file: str, like: Array):
        super().__init__(file, like)
        self.grid = _Grid.of(like.shape, LAST if self.last else (CHANNELS[file], 16 // like.itemsize), self.last)

    def launch(self, function: str, *arguments: Any, parts: int | None = None) -> None:
        """Run a kernel; batch, channels, pixels and the grid's lanes go behind ``arguments``."""
        batch, channels, height, width = self.like.shape
        sizes = map(numpy.int32, (batch, channels, height * width, self.grid.lanes))
        grid = parts or self.grid.parts(BLOCKS), self.grid.groups
        self.variant(function)(grid, (self.grid.threads,), (*arguments, *sizes))

    def finish(self, function: str, *arguments: Any) -> None:
        """Run a kernel that merges the parts of 32 channels a block."""
        channels = self.like.shape[1]
        self.variant(function)((-(-channels // WARP),), (THREADS,), (*arguments, numpy.int32(channels)))

    def partial(self, values: int) -> Array:
        """Uninitialised room for what each block leaves of each channel."""
        return self.floats(values, self.grid.parts(MERGED_BLOCKS), self.like.shape[1])


@dataclasses.dataclass(frozen=True)
class _Grid:
    """Blocks of ``lanes`` threads along the channels times ``rows`` along the pixels; groups of channels times parts.

    Small images get small blocks, so that threads are not idle; ``tiles`` is the number of them a channel.
    """

    tiles: int
    lanes: int
    rows: int
    groups: int

    @classmethod
    def of(cls, shape, tile: tuple[int, int], channels_last: bool) -> '_Grid':
        batch, channels, height, width = shape
        tiles = batch * -(-height * width // tile[1])
        across = -(-channels // tile[0])
        lanes = _power(min(across, WARP)) if channels_last else 1
        if max(tiles, height * width) > LARGEST or across > MOST_GROUPS * lanes:
            raise ValueError(f'spade_norm takes up to 2 ** 30 pixels an image and tiles of {tile[1]} pixels, and '
                             f'{MOST_GROUPS * lanes * tile[0]} channels; x has shape {shape}')
        rows = min(max(_power(tiles), WARP // lanes), THREADS // lanes)
        return cls(tiles, lanes, rows, -(-across // lanes))

    @property
    def threads(self) -> int:
        return self.lanes * self.rows

    def parts(self, most: int) -> int:
        """Into how many the pixels are cut if there are to be at most so many blocks."""
        return min(blocks(self.tiles, self.rows), max(most // self.groups, 1))


def _power(number: int) -> int:
    """Smallest power of two that is not less."""
    return 1 << (number - 1).bit_length()
