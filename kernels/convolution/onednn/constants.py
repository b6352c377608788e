"""Weights that never change, in the layout that a primitive of oneDNN wants."""
import weakref
from collections.abc import Callable

import numpy


def is_constant(array: numpy.ndarray) -> bool:
    """Whether nothing can write to an array, nor to one that it is a view of."""
    owner: object = array
    while isinstance(owner, numpy.ndarray):
        if owner.flags.writeable:
            return False
        owner = owner.base
    return True


class Arranged:
    """Rearranged copies of constant arrays. A copy goes when its array goes."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[weakref.ref, numpy.ndarray]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def of(self, weights: numpy.ndarray, arrange: Callable[[], numpy.ndarray]) -> numpy.ndarray:
        """The copy of ``weights``, which ``arrange`` makes the first time."""
        key = id(weights)
        if key not in self._kept:
            self._kept[key] = weakref.ref(weights, lambda _: self._kept.pop(key, None)), arrange()
        return self._kept[key][1]
