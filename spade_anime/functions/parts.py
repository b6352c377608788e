"""Batches spread over processes: draws, means and memories are those of one process with the whole batch."""
from collections.abc import Callable
from typing import Any, TypeVar

import chainer
import numpy

from kernels import recording
from kernels.runtime.across import BatchPart
from kernels.runtime.machine import machine
from spade_anime.types import Array, Arrays, Indexes, Operand, Variables

__all__ = ['BatchPart', 'gathered', 'mean_of_parts', 'own_part', 'part_of']

Drawn = TypeVar('Drawn')


def own_part(batch: int, draw: Callable[[int], Drawn]) -> Drawn:
    """Draw for the batches of all processes, and return the part of this one.

    ``draw(count)`` gives an array (count, ...), or a list or tuple of such, nested in any way; this process
    takes its ``batch`` samples. Generators of random numbers that were in the same state on all processes stay so,
    and the samples of all batches, concatenated, are those of a single process with one large batch.
    """
    rank, processes, *_ = machine().part
    drawn = recording.drawn(lambda: draw(batch * processes))
    return drawn if processes == 1 else _sliced(drawn, slice(rank * batch, (rank + 1) * batch))


def part_of(array: Array) -> Array:
    """The part of this process in an array (count, ...) of all batches, concatenated."""
    batch = len(array) // machine().part.processes
    return own_part(batch, lambda count: array)


def gathered(array: Array) -> Array:
    """The arrays (batch, ...) of all processes, concatenated; on the host if there are several."""
    part = machine().part
    return array if part.processes == 1 else numpy.concatenate(part.gather(chainer.backends.cuda.to_cpu(array)))


def mean_of_parts(x: Operand) -> chainer.Variable:
    """Mean over the processes of the mean that each has over its samples, for losses that are not linear in it.

    The gradient is that of this process' own mean: averaging gradients over the processes makes it that of the mean.
    """
    return chainer.as_variable(x) if machine().part[1] == 1 else _MeanOfParts().apply((x,))[0]


class _MeanOfParts(chainer.FunctionNode):
    def forward(self, inputs: Arrays) -> Arrays:
        return machine().part.mean(inputs[0]),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        return gys


def _sliced(drawn: Any, part: slice) -> Any:
    if isinstance(drawn, (list, tuple)):
        return type(drawn)(_sliced(one, part) for one in drawn)
    return drawn[part]
