"""Noise that is generated where it is needed instead of drawn beforehand."""
from collections.abc import Sequence
from types import ModuleType

import numpy

from kernels import noise as kernels
from kernels.runtime.machine import machine
from spade_anime.types import Array


class NoiseSource:
    """Normal noise for the layers of a network, by Philox counters (Salmon et al. 2011), never stored.

    The count of passes lives where the network computes: nothing is read by the host, and a captured CUDA graph
    draws fresh noise at every replay.
    """

    def __init__(self, seed: int):
        self.seed = seed
        self.state: Array | None = None

    def words(self) -> list[int] | None:
        """The state to continue from: seed and passes so far; None if nothing was drawn. Waits for the device."""
        return None if self.state is None else self.state.tolist()

    def go_on_from(self, seed: int, words: list[int] | None) -> None:
        """Draw what another source of this seed and these ``words`` would draw next."""
        self.seed, self.state = seed, None if words is None else numpy.array(words, numpy.uint32)

    def draw(self, xp: ModuleType, counts: Sequence[int]) -> list[list[kernels.NoiseStream]]:
        """Streams of one pass for ``spade_norm``, ``counts`` of them for the blocks; ``xp`` is the array module."""
        if not isinstance(self.state, xp.ndarray):
            # Not on the device yet: a state that was loaded is first on the host.
            self.state = xp.asarray(numpy.array(self.words(), numpy.uint32)) if self.state is not None else \
                kernels.new_state(self.seed, xp)
        state, numbers = kernels.advance(self.state), iter(range(sum(counts)))
        if rank := machine().part.rank:
            # Each process has its own noise, and the same state of the source. Seeds leave this word free.
            state[1:2] += rank
        return [[kernels.NoiseStream(state, next(numbers)) for _ in range(count)] for count in counts]
