"""Means over a batch that is spread over several processes."""
from collections.abc import Callable
from typing import NamedTuple

import numpy

from .arrays import array_module

AXES = 0, 2, 3


class BatchPart(NamedTuple):
    """What this process has of the batch of all processes, each of which has as many samples.

    ``mean`` gives the mean of an array over the processes, ``gather`` the arrays of all of them, in order; all have to
    come to them in the same order.
    """

    rank: int = 0
    processes: int = 1
    mean: Callable | None = None
    gather: Callable | None = None


class Across:
    """Means over the channels of (B, C, H, W) arrays, taken over ``size`` processes with as many images each.

    ``mean`` gives the mean of an array over the processes, a new one of the same type on the same device. All of them
    have to come to each mean in the same order.
    """

    def __init__(self, mean: Callable, size: int):
        self.mean, self.size = mean, size

    def __deepcopy__(self, memo):
        """The processes are the same for a copy of a network."""
        return self

    def means(self, *arrays) -> list:
        """Mean over each channel of every array, (1, C, 1, 1)."""
        own = array_module(*arrays).stack([array.mean(AXES, keepdims=True) for array in arrays])
        return list(self.mean(own))

    def statistics(self, x) -> tuple:
        """Mean and biased variance of the channels, (C,) each."""
        mean, var = x.mean(AXES, dtype=numpy.float64), x.var(AXES)
        # One exchange; in double precision the squares lose nothing that x knows.
        mean, var, square = self.mean(array_module(x).stack((mean, var, mean ** 2)))
        return mean.astype(x.dtype), (var + square - mean ** 2).astype(x.dtype)


class _Alone(Across):
    """One process: nothing is stacked, nothing is exchanged."""

    def __init__(self):
        super().__init__(lambda array: array, 1)

    def means(self, *arrays) -> list:
        return [array.mean(AXES, keepdims=True) for array in arrays]

    def statistics(self, x) -> tuple:
        return x.mean(AXES), x.var(AXES)


ALONE = _Alone()
