"""Launches of adam.cu: the tables of a network's tensors, and what of an update lives on the device."""
import dataclasses
import functools
from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array, address, array_module
from ..runtime.launching import THREADS, blocks, kernel
from .rates import Rates

# As adam.cu has them: elements a block takes at once, and tensors whose gradients' addresses fit a launch's arguments.
CHUNK = 4096
CAPACITY = 480
GRADIENTS = numpy.dtype([('at', numpy.int64, (CAPACITY,))])
SETTINGS = numpy.dtype([(name, numpy.float64) for name in (
    'beta1', 'beta2', 'initial', 'first', 'last', 'power', 'halving', 'updates_per_iteration', 'average_decay',
    'growth', 'largest')])


@dataclasses.dataclass(frozen=True)
class Settings:
    """What never changes from update to update; a captured graph keeps the values it was captured with.

    Args:
        beta1, beta2, eps: of Adam.
        rates: learning rates.
        updates_per_iteration: updates that make one iteration of ``rates`` and of the average.
        average_decay: largest decay of the running average.
        growth: finite updates in a row before the loss scale is doubled (Micikevicius et al. 2018); it is halved after
            one that is not finite. 0: the scale stays.
        largest: largest loss scale.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    rates: Rates = Rates()
    updates_per_iteration: int = 1
    average_decay: float = 0.0
    growth: int = 0
    largest: float = 2.0 ** 24

    @functools.cached_property
    def struct(self) -> Any:
        """The kernel's struct."""
        values = vars(self.rates) | vars(self)
        return numpy.array(tuple(values[name] for name in SETTINGS.names or ()), SETTINGS)[()]


class State:
    """What changes from update to update, on the device.

    ``progress`` (4,) float64: updates, those of them that were not skipped, the last one's learning rate, finite ones
    since the loss scale was changed. ``factors`` (5,) float32: step size, 1 / loss scale, share of the weights in
    their average, whether the update is applied, loss scale of the next update.
    """

    def __init__(self, xp: ModuleType = numpy, loss_scale: float = 1.0):
        self.progress = xp.zeros(4, numpy.float64)
        self.factors = xp.asarray(numpy.array([0, 1, 0, 0, loss_scale], numpy.float32))
        self.not_finite = xp.zeros(1, numpy.int32)
        # What the next loss has to be multiplied with, or its gradient set to: (), a view.
        self.loss_scale = self.factors[4:].reshape(())

    def read(self) -> tuple[int, int]:
        """Updates so far, and those of them that were not skipped; waits for the device."""
        updates, steps = self.progress[:2].tolist()
        return int(updates), int(steps)

    def write(self, updates: int, steps: int) -> None:
        """Set both, to go on from a snapshot."""
        self.progress[:2] = array_module(self.progress).asarray(numpy.array([updates, steps], numpy.float64))


class Tensor(NamedTuple):
    """The arrays of one parameter, of one size and layout; None for what it has not.

    ``weight``, ``first`` and ``second`` moment and ``average`` are float32; ``half`` is the parameter itself where it
    is float16, ``average_half`` a float16 copy of the average. Without moments the tensor is averaged alone; its
    ``weight`` may then be None and ``half`` is read.
    """

    weight: Array | None
    first: Array | None = None
    second: Array | None = None
    average: Array | None = None
    half: Array | None = None
    average_half: Array | None = None


class Network:
    """All tensors of a network, updated by one launch for each 480 of them.

    Where they lie is written to the device here; nothing is copied there later, so that updates can be captured.
    ValueError where the arrays of a tensor differ in type, size or layout, or leave gaps in memory.
    """

    def __init__(self, tensors: Sequence[Tensor]):
        # The tables hold addresses alone, so this list keeps the arrays.
        self.tensors = list(tensors)
        rows, chunks, self._groups = [], [], []
        for number, tensor in enumerate(self.tensors):
            size = _check(tensor)
            rows.append([*map(_pointer, (tensor.weight, tensor.half, tensor.first, tensor.second, tensor.average,
                                         tensor.average_half)), size])
            chunks.append([(number, i) for i in range(-(-size // CHUNK))])
        xp = array_module(*(array for tensor in self.tensors for array in tensor if array is not None))
        self._table = xp.asarray(numpy.array(rows, numpy.int64))
        for begin in range(0, len(chunks), CAPACITY):
            group = [chunk for tensor in chunks[begin:begin + CAPACITY] for chunk in tensor]
            if group:
                self._groups.append((begin, xp.asarray(numpy.array(group, numpy.int32))))

    def update(self, gradients: Sequence, state: State, settings: Settings, check: bool = False) -> None:
        """Advance ``state`` by one update and all tensors with it.

        ``gradients``: one a tensor, float16 where that has ``half``, else float32; None: zeros. They are divided by the
        loss scale. ``check``: skip the update where any of them is not finite; without it they are not looked at.
        """
        # Copies of gradients that lie otherwise have to outlive the launches.
        gradients = [self._laid(*pair) for pair in zip(gradients, self.tensors, strict=True)]
        structs = [_struct(gradients[begin:begin + CAPACITY]) for begin, _ in self._groups]
        for (begin, chunks), struct in zip(self._groups, structs if check else []):
            self._launch('adam_check', begin, chunks, state.not_finite, struct)
        kernel('adam', 'adam_advance')((1,), (32,), (state.progress, state.factors, state.not_finite, settings.struct))
        rule = [numpy.float32(value) for value in (1 - settings.beta1, 1 - settings.beta2, settings.eps)]
        for (begin, chunks), struct in zip(self._groups, structs):
            self._launch('adam_update', begin, chunks, state.factors, *rule, struct)

    def _launch(self, function, begin, chunks, *arguments):
        count = len(chunks)
        kernel('adam', function)((blocks(count, 1),), (THREADS,),
                                 (self._table, chunks, numpy.int32(count), numpy.int32(begin), *arguments))

    @staticmethod
    def _laid(gradient, tensor):
        if gradient is None:
            return None
        like = tensor.weight if tensor.half is None else tensor.half
        if gradient.dtype != like.dtype or gradient.shape != like.shape:
            raise ValueError(f'a gradient {gradient.dtype}{gradient.shape} of a parameter {like.dtype}{like.shape}')
        return laid_as(like, gradient)


def laid_as(like: Array, array: Array, dtype: DTypeLike | None = None) -> Array:
    """``array`` itself if it is of ``dtype`` (its own by default) and lies in memory as ``like`` does; else a copy."""
    dtype = array.dtype if dtype is None else numpy.dtype(dtype)
    if array.dtype == dtype and _lie_alike(array, like):
        return array
    result = array_module(like).empty_like(like, dtype)
    result[...] = array
    return result


def _lie_alike(array, other) -> bool:
    """Whether two arrays of one shape order their elements alike in memory; strides of a single one mean nothing."""
    return all(size == 1 or a // array.itemsize == b // other.itemsize
               for size, a, b in zip(array.shape, array.strides, other.strides))


def _check(tensor: Tensor) -> int:
    """Size of a tensor whose arrays fit each other."""
    types: dict[str, type] = dict.fromkeys(('weight', 'first', 'second', 'average'), numpy.float32)
    types |= dict.fromkeys(('half', 'average_half'), numpy.float16)
    arrays = {name: array for name, array in tensor._asdict().items() if array is not None}
    like = tensor.half if tensor.weight is None else tensor.weight
    for name, array in arrays.items():
        if array.dtype != types[name] or array.shape != like.shape or not _lie_alike(array, like):
            raise ValueError(f'{name} is {array.dtype}{array.shape} with strides {array.strides}; it has to be '
                             f'{types[name].__name__}{like.shape} that lies as the weight, whose strides are '
                             f'{like.strides} of {like.itemsize} bytes')
    order = sorted(range(like.ndim), key=lambda axis: -like.strides[axis])
    if like.ndim and not like.transpose(order).flags.c_contiguous:
        raise ValueError(f'a parameter {like.shape} with strides {like.strides} leaves gaps in memory')
    return like.size


def _struct(gradients) -> Any:
    """Addresses of a launch's gradients, by value."""
    struct = numpy.zeros((), GRADIENTS)
    struct['at'][:len(gradients)] = [*map(_pointer, gradients)]
    return struct[()]


def _pointer(array) -> int:
    return 0 if array is None else address(array)
