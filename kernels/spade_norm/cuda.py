"""Launches of spade_norm.cu and spade_norm_gradient.cu."""
import dataclasses

import numpy

from ..noise import NoiseStream
from ..runtime.across import Statistics
from ..runtime.arrays import Array, array_module
from ..runtime.launching import blocks, kernel
from ..runtime.layout import LARGEST, dense, is_channels_last, new

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
    launch = _Launch('spade_norm', x, noise_weight, noise)
    gamma, beta = launch.images(gamma=gamma, beta=beta)
    y = new(x, x.shape, launch.channels_last)
    found = launch.statistics(running, decay) if statistics is None else Statistics(*launch.numbers(*statistics))
    launch('modulate', launch.x, gamma, beta, *launch.noise, *found, y, numpy.float32(eps),
           numpy.float32(1 if slope is None else slope))
    return y, found


def gradients(x: Array, gamma: Array, y: Array, gy: Array, noise_weight: Array | None,
              noise: Array | NoiseStream | None, statistics: Statistics, fixed: bool, eps: float,
              slope: float | None) -> tuple[Array, Array, Array, Array | None]:
    """As ``spade_norm.modulate_gradient``."""
    launch = _Launch('spade_norm_gradient', x, noise_weight, noise)
    gamma, y, gy = launch.images(gamma=gamma, y=y, gy=gy)
    mean, var = launch.numbers(*statistics)
    gx, ggamma, gbeta = (new(x, x.shape, launch.channels_last) for _ in range(3))
    eps, slope = numpy.float32(eps), numpy.float32(1 if slope is None else slope)
    partial = launch.partial(5)
    launch('gradient_sums', launch.x, gamma, y, gy, *launch.noise, mean, var, ggamma, gbeta,
           partial, eps, slope, parts=partial.shape[1])
    means = launch.channel_values(2)
    gnoise_weight = None if noise is None else launch.channel_values(1)
    launch.finish('finish_sums', partial, numpy.int32(partial.shape[1]), var, *means,
                  gnoise_weight, eps, numpy.float32(x.size // x.shape[1]), numpy.int32(fixed))
    launch('input_gradient', launch.x, gamma, gbeta, *launch.noise, mean, var, *means, gx, eps)
    if noise is not None:
        gnoise_weight = gnoise_weight.reshape(1, -1, 1, 1).astype(noise_weight.dtype, copy=False)
    return gx, ggamma, gbeta, gnoise_weight


class _Launch:
    """What all launches of one file on images like ``x`` have in common: layout, grid, the noise's arguments."""

    def __init__(self, file: str, x, noise_weight, noise):
        self.file, self.xp, self.shape, self.dtype = file, array_module(x), x.shape, x.dtype
        if x.ndim != 4 or not x.size:
            raise ValueError(f'x has shape {x.shape}; it has to be (B, C, H, W) of at least one element')
        self.channels_last = is_channels_last(x)
        tile = LAST if self.channels_last else (CHANNELS[file], 16 // x.itemsize)
        self.grid = _Grid.of(x.shape, tile, self.channels_last)
        self.x = dense(x, self.channels_last)
        self.noise = self._noise(noise_weight, noise)

    def __call__(self, function: str, *args, parts: int | None = None):
        batch, channels, height, width = self.shape
        sizes = map(numpy.int32, (batch, channels, height * width, self.grid.lanes))
        grid = parts or self.grid.parts(BLOCKS), self.grid.groups
        kernel(self.file, function, T=self.dtype, CHANNELS_LAST=self.channels_last)(
            grid, (self.grid.threads,), (*args, *sizes))

    def finish(self, function: str, *args):
        """Launch a kernel that merges the parts of 32 channels a block."""
        channels = self.shape[1]
        kernel(self.file, function, T=self.dtype, CHANNELS_LAST=self.channels_last)(
            (-(-channels // WARP),), (THREADS,), (*args, numpy.int32(channels)))

    def statistics(self, running, decay) -> Statistics:
        """Those of the batch; moves the running averages on."""
        partial, (mean, var) = self.partial(3), self.channel_values(2)
        self('statistics', self.x, *self.noise, partial, parts=partial.shape[1])
        for array in running or ():
            if (array.shape, array.dtype) != (mean.shape, mean.dtype) or not array.flags.c_contiguous:
                raise ValueError(f'a running average is {array.dtype}{array.shape}; it has to be contiguous, '
                                 f'{mean.dtype}{mean.shape}')
        self.finish('finish_statistics', partial, numpy.int32(partial.shape[1]), mean, var,
                    *(running or (None, None)), numpy.float32(decay))
        return Statistics(mean, var)

    def partial(self, values: int):
        """Room for what each block leaves of each channel."""
        return self.xp.empty((values, self.grid.parts(MERGED_BLOCKS), self.shape[1]), numpy.float32)

    def channel_values(self, count: int):
        """``count`` float32 arrays of a number a channel; the array itself where that is 1."""
        rows = self.xp.empty((count, self.shape[1]), numpy.float32)
        return rows[0] if count == 1 else tuple(rows)

    def numbers(self, *arrays):
        """Numbers a channel, (C,), as the kernels take them."""
        for array in arrays:
            if array.size != self.shape[1]:
                raise ValueError(f'there are {array.size} numbers for {self.shape[1]} channels')
        return [self.xp.ascontiguousarray(self._here(array).reshape(-1).astype(numpy.float32, copy=False))
                for array in arrays]

    def images(self, **arrays):
        """Arrays of the shape and type of x, in its layout."""
        for name, array in arrays.items():
            if (array.shape, array.dtype) != (self.shape, self.dtype):
                raise ValueError(f'{name} is {array.dtype}{array.shape}; it has to be as x, {self.dtype}{self.shape}')
        return [dense(self._here(array), self.channels_last) for array in arrays.values()]

    def _noise(self, weight, noise):
        """The four arguments that name the noise: weight, array, state, stream."""
        if noise is None:
            return None, None, None, numpy.uint32(0)
        weight, = self.numbers(weight)
        if isinstance(noise, NoiseStream):
            return weight, None, self._here(noise.state), numpy.uint32(noise.stream)
        shape = self.shape[0], 1, *self.shape[2:]
        if noise.shape != shape:
            raise ValueError(f'noise has shape {noise.shape}; it has to be {shape}')
        noise = self.xp.ascontiguousarray(self._here(noise).astype(numpy.float32, copy=False))
        return weight, noise, None, numpy.uint32(0)

    def _here(self, array):
        if array_module(array) is not self.xp:
            raise TypeError('spade_norm: some arrays are on the GPU and some are not')
        return array


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
