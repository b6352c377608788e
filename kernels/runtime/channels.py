"""Launching kernels that walk arrays (N, C, H, W) channel by channel: kernels/runtime/include/channels.cuh."""
from typing import Any

import numpy

from .arrays import Array
from .images import Images
from .launching import THREADS, blocks

# Channels that a block takes where channels are last; elements that it should have to itself, eight a thread; and
# the most blocks that share a channel, each of which adds up what all of them left.
GROUP = 32
ELEMENTS = 8 * THREADS
SHARES = 128
LONGEST = 2 ** 31 - 1


class Channels(Images):
    """Images whose channels are cut into ``shares`` blocks each, at most ``most``.

    ValueError for channels of 2^31 elements.
    """

    def __init__(self, file: str, like: Array, most: int = SHARES):
        super().__init__(file, like)
        channels = like.shape[1]
        count = like.size // channels
        if count > LONGEST or channels > LONGEST // GROUP:
            raise ValueError(f'{file}: an array {like.shape} is too large; a channel may have {LONGEST} elements')
        self.shares = min(blocks(count * (GROUP if self.last else 1), ELEMENTS), most)

    def partial(self, sums: int) -> Array:
        """Uninitialised room for so many sums a channel and block."""
        return self.floats(self.shares, self.like.shape[1], sums)

    def launch(self, function: str, *arguments: Any) -> None:
        """Run a kernel; count, channels and pixels go behind ``arguments``."""
        _, channels, height, width = self.like.shape
        groups = -(-channels // GROUP) if self.last else channels
        sizes = map(numpy.int32, (self.like.size // channels, channels, height * width))
        self.variant(function)((groups, self.shares), (THREADS,), (*arguments, *sizes))
