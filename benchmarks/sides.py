"""What all sides of the step benchmark share.

A side is built in a process of its own from ``Settings``. ``STEPS`` names what it can be asked for, and its method;
``seconds`` times so many calls of one of them.
"""
import resource
import time
from typing import NamedTuple

import numpy

from benchmarks.launches import count_launches

CYCLE = 4
"""Updates of the preset tiny from one gradient penalty to the next."""


class Settings(NamedTuple):
    """What is timed; ``peer_unfrozen`` concerns PyTorch alone."""

    batch: int
    size: int
    ngf: int
    precision: str = 'fp32'
    gpu: bool = False
    peer_unfrozen: bool = False


def random_batch(batch: int, size: int) -> tuple:
    """Image, label and colour map with the shapes and ranges of real ones."""
    random = numpy.random.RandomState(0)
    shapes = ((batch, 3, size, size), (batch, 4, size, size), (batch, 3, size, size))
    return tuple(random.uniform(-1 if i == 0 else 0, 1, shape).astype(numpy.float32) for i, shape in enumerate(shapes))


class Side:
    """What all sides share."""

    NOTE = ''

    def __init__(self, settings: Settings):
        self.settings = settings

    def seconds(self, method: str, count: int) -> float:
        """Seconds of each of ``count`` calls, on average."""
        run = getattr(self, method)
        start = time.perf_counter()
        for _ in range(count):
            run()
        return (time.perf_counter() - start) / count

    def peak_mb(self) -> float:
        """Most memory so far: the process' own on a CPU."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def launches(self, method: str) -> tuple:
        """Kernels that a call runs and launches that the host makes for it; Nones on a CPU."""
        return count_launches(getattr(self, method)) if self.settings.gpu else (None, None)


class Cycles:
    """For a side whose calls differ: each is timed as the mean over a cycle of the penalty."""

    def seconds(self, method: str, count: int) -> float:
        """Seconds of a call, on average over ``count`` cycles."""
        return super().seconds(method, count * CYCLE)
