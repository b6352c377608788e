"""NumPy's functions that make arrays without asking those that they are given, as a recorder needs them."""
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from .recorder import Unrecordable, active
from .traced import Traced, computed, new
from .views import plain

FILLED = 'empty', 'zeros', 'ones', 'full'
CONVERTING = 'array', 'asarray', 'asanyarray', 'ascontiguousarray', 'asfortranarray'


@contextlib.contextmanager
def recorded_creation() -> Iterator[None]:
    """Within, they return traced arrays to a thread that is recorded. To others they are what they always are."""
    originals = {name: getattr(numpy, name) for name in (*FILLED, *CONVERTING)}
    for name, original in originals.items():
        setattr(numpy, name, _filled(original) if name in FILLED else _converting(original))
    try:
        yield
    finally:
        for name, original in originals.items():
            setattr(numpy, name, original)


def _filled(original: Callable) -> Callable:
    def make(*arguments: Any, **settings: Any) -> Any:
        result = original(*arguments, **settings)
        if active() is None:
            return result
        array = new(result.shape, result.dtype, result.strides)
        if original.__name__ != 'empty' and result.size:
            array[...] = result
        return array
    return make


def _converting(original: Callable) -> Callable:
    def convert(value: Any, *arguments: Any, **settings: Any) -> Any:
        if active() is None:
            return original(value, *arguments, **settings)
        if isinstance(value, (list, tuple)) and any(isinstance(item, Traced) for item in value):
            raise Unrecordable(f'numpy.{original.__name__} of several arrays is not known to the recorder')
        if not isinstance(value, Traced):
            return original(value, *arguments, **settings)
        itself = plain(value)
        # NumPy gives back what suits already.
        return value if original(itself, *arguments, **settings) is itself else computed(
            original, value, *arguments, **settings)
    return convert
