"""Choosing between NumPy and CuPy by the array at hand, without importing CuPy for those who have none."""
import sys
import types

import numpy


def array_module(*arrays) -> types.ModuleType:
    """NumPy, or CuPy if any of ``arrays`` lives on a GPU (then CuPy has been imported already)."""
    cupy = sys.modules.get('cupy')
    if cupy is not None and any(isinstance(array, cupy.ndarray) for array in arrays):
        return cupy
    return numpy


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """``(value, value)`` for one number; a pair as it is."""
    if hasattr(value, '__len__'):
        first, second = value
        return first, second
    return value, value


def is_reference(impl: str | None, array) -> bool:
    """Whether the reference runs: where ``impl`` asks for it, and on CuPy arrays."""
    if impl not in (None, 'reference'):
        raise ValueError(f"impl is {impl!r}; it may be None or 'reference'")
    return impl is not None or array_module(array) is not numpy
