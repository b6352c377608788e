"""What is recorded as one step, whatever it does."""
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .recorder import active
from .traced import kept, traced
from .views import detached, mapped


def step(function: Callable, *arguments: Any) -> None:
    """Call ``function(*arguments)``, which changes arrays, or what is on the host, in place."""
    recorder = active()
    if recorder is None:
        function(*arguments)
        return
    function, arguments = detached((function, arguments))
    with recorder.paused():
        function(*arguments)
    recorder.add(functools.partial(function, *arguments))


def drawn(function: Callable[[], Any]) -> Any:
    """What ``function`` makes: arrays, in tuples or lists. Every replay calls it again, as for random numbers."""
    return collected(lambda _: function(), [None], lambda call, numbers: list(map(call, numbers)))[0]


def collected(function: Callable, items: Sequence, run: Callable) -> list:
    """What ``function`` makes of each of ``items``: arrays or scalars, in tuples or lists.

    ``run(call, numbers)`` calls ``call`` on each of the numbers, in any order and on any thread.
    """
    recorder = active()
    if recorder is not None:
        function, items = detached((function, items))
    results: list = [None] * len(items)

    def first(number: int) -> None:
        results[number] = function(items[number])

    if recorder is None:
        run(first, range(len(items)))
        return results
    with recorder.paused():
        run(first, range(len(items)))
    made = mapped(functools.partial(kept, recorder), results)
    targets = detached(made)

    def again(number: int) -> None:
        _fill(targets[number], function(items[number]))

    recorder.add(functools.partial(run, again, range(len(items))))
    return made


def fixed(array: numpy.ndarray) -> numpy.ndarray:
    """An array that stays where it is and changes from one replay to the next: traced, where a recorder is active."""
    return array if active() is None else traced(array)


def _fill(targets: Any, values: Any) -> None:
    if isinstance(targets, (tuple, list)):
        for target, value in zip(targets, values, strict=True):
            _fill(target, value)
    else:
        numpy.copyto(targets, values)
