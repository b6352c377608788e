"""What one launch of Adam updates for one parameter, or for one array that is averaged and not trained."""
import dataclasses
from typing import Any

import chainer
import numpy

from kernels.adam import Tensor, laid_as
from spade_anime.training.optim.average import Place, WeightAverage


class Wide:
    """The float32 form of an array in half precision; ``array`` is None where there is none.

    ``name``: in snapshots, the same in every process.
    """

    def __init__(self, name: str):
        self.name = name
        self.array: Any = None

    def of(self, half: Any) -> Any:
        """The form of ``half``, laid out like it: the one that is known, else a copy."""
        self.array = laid_as(half, half if self.array is None else self.array, numpy.float32)
        return self.array

    def serialize(self, serializer: chainer.AbstractSerializer, xp: Any) -> None:
        """Save or load it, in Chainer's protocol; ``xp`` is NumPy or CuPy, where it belongs."""
        known = serializer(f'has_{self.name}', self.array is not None)
        if isinstance(serializer, chainer.Deserializer):
            self.array = xp.asarray(serializer(self.name, None)) if known else None
        elif known:
            serializer(self.name, self.array)


@dataclasses.dataclass(eq=False)
class Averaged:
    """An array of the network, its running average, and that average's float32 form."""

    source: Place
    target: Place
    wide: Wide


@dataclasses.dataclass(eq=False)
class Slot:
    """A parameter with its update rule and float32 master, or an array that is averaged alone, which has none of them.

    ``averaged`` is None where there is no average.
    """

    rule: Any = None
    param: chainer.Parameter | None = None
    master: Wide | None = None
    averaged: Averaged | None = None
    _taken: tuple = (None, False)

    @property
    def trained(self) -> bool:
        """Whether its parameter has an array and may change."""
        return self.param is not None and self.param.array is not None and self.rule.enabled

    @property
    def gradient(self) -> Any:
        """Of the parameter; None where there is none, or nothing is trained."""
        return self.param.grad if self.param is not None and self.trained else None

    def changed(self) -> bool:
        """Whether the last ``tensor`` is outdated: the array is another one, or is trained when it was not."""
        array, trained = self._taken
        return self._array is not array or self.trained != trained

    def tensor(self) -> Tensor | None:
        """Its arrays as they are now, with moments where it is trained; None where nothing is to be updated."""
        array, trained = self._taken = self._array, self.trained
        if array is None or not (trained or self.averaged):
            return None
        half = array if array.dtype == numpy.float16 else None
        weight = array if half is None else None
        first = second = None
        if trained:
            self.rule.prepare(self.param)
            first, second = self.rule.state['m'], self.rule.state['v']
            if self.master and half is not None:
                weight = self.master.of(half)
        if self.averaged is None:
            return Tensor(weight, first, second, half=half)
        average = laid_as(array, self.averaged.target.array)
        self.averaged.target.put(average)
        if half is None:
            return Tensor(weight, first, second, average)
        return Tensor(weight, first, second, self.averaged.wide.of(average), half, average)

    @property
    def _array(self) -> Any:
        if self.param is not None:
            return self.param.array
        return self.averaged.source.array if self.averaged else None


def slots_of(rules: list, average: WeightAverage | None) -> list[Slot]:
    """One slot per pair of update rule and parameter in ``rules``, then one per array that is averaged alone."""
    averaged = [Averaged(source, target, Wide(f'average_{number}'))
                for number, (source, target) in enumerate(average.pairs if average else [])]
    slots = [Slot(rule, param, Wide(f'parameter_{number}'),
                  next((each for each in averaged if each.source.value is param), None))
             for number, (rule, param) in enumerate(rules)]
    with_parameter = [slot.averaged for slot in slots]
    return slots + [Slot(averaged=each) for each in averaged if each not in with_parameter]
