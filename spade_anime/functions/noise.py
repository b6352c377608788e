"""Noise that is made where it is needed instead of drawn beforehand."""
from collections.abc import Sequence

from kernels import noise as kernels


class NoiseSource:
    """Normal noise for the layers of a network, by Philox counters (Salmon et al. 2011), never stored.

    The count of passes lives where the network computes: nothing is read by the host, and a captured CUDA graph
    draws fresh noise at every replay.
    """

    def __init__(self, seed: int):
        self.seed, self.state = seed, None

    def draw(self, xp, counts: Sequence[int]) -> list[list[kernels.NoiseStream]]:
        """Streams of one pass for ``spade_norm``, as many a block as ``counts`` says; ``xp`` is the array module."""
        if not isinstance(self.state, xp.ndarray):
            self.state = kernels.new_state(self.seed, xp)
        state, numbers = kernels.advance(self.state), iter(range(sum(counts)))
        return [[kernels.NoiseStream(state, next(numbers)) for _ in range(count)] for count in counts]
