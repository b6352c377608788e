"""Means over a batch that is spread over several processes."""
from collections.abc import Callable
from typing import NamedTuple

import numpy

from .arrays import Array, array_module

AXES = 0, 2, 3


class Statistics(NamedTuple):
    """What a channel is normalised by: mean and biased variance, (C,) each."""

    mean: Array
    variance: Array

    def inverse_deviation(self, eps: float) -> Array:
        """``1 / sqrt(variance + eps)``, (C,)."""
        return 1 / (self.variance + eps) ** 0.5

    def gain(self, eps: float, fixed: bool = False) -> Array:
        """What a gradient is multiplied by on its way from normalised numbers to x, (C,).

        That is ``1 / deviation``, the derivative, where the variance is at least ``eps`` or the statistics are
        ``fixed``. In a channel that is constant, or nearly, the derivative is ``1 / sqrt(eps)`` and holds only for
        changes far smaller than a training step: a larger one is normalised to deviation 1. Layer behind layer these
        derivatives multiply, and gradients leave the range of float32. So below a variance of ``eps`` the gain is
        ``variance / eps`` times the derivative. Since a layer that magnifies leaves more variance to the next one, at
        most one layer of a chain then magnifies by about ``1 / sqrt(eps)``.
        """
        inverse = self.inverse_deviation(eps)
        return inverse if fixed or not eps else inverse * (self.variance.clip(None, eps) / eps)

    def copy(self) -> 'Statistics':
        """The same in arrays of its own."""
        return Statistics(self.mean.copy(), self.variance.copy())


def move_on(running: Statistics, batch: Statistics, count: int, decay: float) -> None:
    """Move running averages towards a batch's statistics, in place; ``decay`` is what remains of them.

    Their variance is the unbiased one, as Chainer's: ``count`` is the number of elements a channel.
    """
    for average, value, factor in zip(running, batch, (1, count / max(count - 1, 1))):
        average *= decay
        average += (1 - decay) * factor * value


class BatchPart(NamedTuple):
    """What this process has of the batch of all processes, each of which has as many samples.

    ``mean`` gives the mean of an array over the processes, ``gather`` the arrays of all of them, in order; all have to
    come to them in the same order.
    """

    rank: int = 0
    processes: int = 1
    mean: Callable[[Array], Array] = lambda array: array
    gather: Callable[[Array], list[Array]] = lambda array: [array]


class Across:
    """Means over the channels of (B, C, H, W) arrays, taken over ``size`` processes with as many images each.

    ``mean`` gives the mean of an array over the processes, a new one of the same type on the same device. All of them
    have to come to each mean in the same order.
    """

    def __init__(self, mean: Callable, size: int):
        self.mean, self.size = mean, size

    def __deepcopy__(self, memo: dict) -> 'Across':
        """The processes are the same for a copy of a network."""
        return self

    def means(self, *arrays: Array) -> list:
        """Mean over each channel of every array, (1, C, 1, 1)."""
        own = array_module(*arrays).stack([array.mean(AXES, keepdims=True) for array in arrays])
        return list(self.mean(own))

    def statistics(self, x: Array) -> Statistics:
        """Those of the channels of ``x``."""
        mean, var = x.mean(AXES, dtype=numpy.float64), x.var(AXES)
        # One exchange; in double precision the squares lose nothing that x knows.
        mean, var, square = self.mean(array_module(x).stack((mean, var, mean ** 2)))
        return Statistics(mean.astype(x.dtype), (var + square - mean ** 2).astype(x.dtype))


class _Alone(Across):
    """One process: nothing is stacked, nothing is exchanged."""

    def __init__(self):
        super().__init__(lambda array: array, 1)

    def means(self, *arrays) -> list:
        return [array.mean(AXES, keepdims=True) for array in arrays]

    def statistics(self, x) -> Statistics:
        return Statistics(x.mean(AXES), x.var(AXES))


ALONE = _Alone()
