"""Launching kernels that walk arrays (N, C, H, W) channel by channel: kernels/runtime/include/channels.cuh."""
from dataclasses import dataclass
from typing import Any

import numpy

from .arrays import Array, array_module
from .launching import THREADS, blocks, kernel
from .layout import dense, is_channels_last, new

# Channels that a block takes where channels are last; elements that it should have to itself, eight a thread; and
# the most blocks that share a channel, each of which adds up what all of them left.
GROUP = 32
ELEMENTS = 8 * THREADS
SHARES = 128
LONGEST = 2 ** 31 - 1


def check(name: str, arrays: dict, vectors: dict) -> None:
    """Raise TypeError or ValueError unless ``arrays`` are (N, C, H, W) like the first, and ``vectors`` (C,); both may
    hold None, which is skipped.
    """
    first_name, x = next(iter(arrays.items()))
    if x.ndim != 4 or not x.size:
        raise ValueError(f'{name}: {first_name} is {x.shape}; it has to be (batch, channels, height, width), none of '
                         'them 0')
    if x.dtype.kind != 'f':
        raise TypeError(f'{name}: {first_name} is {x.dtype}; it has to be a floating type')
    for key, array in arrays.items():
        if array is not None and (array.shape, array.dtype) != (x.shape, x.dtype):
            raise ValueError(f'{name}: {key} is {array.dtype}{array.shape}; it has to be {x.dtype}{x.shape} as '
                             f'{first_name}')
    for key, vector in vectors.items():
        if vector is not None and vector.shape != (x.shape[1],):
            raise ValueError(f'{name}: {key} is {vector.shape}; it has to be {(x.shape[1],)}, one a channel')
    for key, array in (arrays | vectors).items():
        if array is not None and array_module(array) is not array_module(x):
            raise TypeError(f'{name}: {first_name} and {key} are on different devices')


@dataclass(frozen=True)
class Channels:
    """Layout and sizes of (N, C, H, W) arrays, as the launches need them."""

    file: str
    like: Array
    last: bool
    shares: int

    @classmethod
    def of(cls, file: str, x: Array, most: int = SHARES) -> 'Channels':
        """Those of ``x``, for the kernels of ``<file>.cu``; at most ``most`` blocks share a channel.

        ValueError for channels of 2^31 elements.
        """
        count = x.size // x.shape[1]
        if count > LONGEST or x.shape[1] > LONGEST // GROUP:
            raise ValueError(f'{file}: an array {x.shape} is too large; a channel may have {LONGEST} elements')
        last = is_channels_last(x)
        return cls(file, x, last, min(blocks(count * (GROUP if last else 1), ELEMENTS), most))

    def arranged(self, array: Array) -> Array:
        """``array`` in the layout of all, copied where it is in another."""
        return dense(array, self.last)

    def empty(self) -> Array:
        """An uninitialised array of the same shape, type and layout."""
        return new(self.like, self.like.shape, self.last)

    def vectors(self, count: int) -> list:
        """Uninitialised float32 arrays (C,)."""
        return [array_module(self.like).empty(self.like.shape[1], numpy.float32) for _ in range(count)]

    def partial(self, sums: int) -> Array:
        """Uninitialised room for so many sums a channel and block."""
        return array_module(self.like).empty((self.shares, self.like.shape[1], sums), numpy.float32)

    def launch(self, function: str, *arguments: Any) -> None:
        """Run a kernel; count, channels and pixels go behind ``arguments``."""
        _, channels, height, width = self.like.shape
        groups = -(-channels // GROUP) if self.last else channels
        sizes = map(numpy.int32, (self.like.size // channels, channels, height * width))
        chosen = kernel(self.file, function, T=self.like.dtype, CHANNELS_LAST=self.last)
        chosen((groups, self.shares), (THREADS,), (*arguments, *sizes))


def single(vector: Array | None) -> Array | None:
    """A vector in single precision, contiguous; None stays None."""
    return None if vector is None else array_module(vector).ascontiguousarray(vector, numpy.float32)
