"""What kind of array is at hand: NumPy or CuPy, without importing CuPy for those who have none."""
import sys
import types
from typing import Any, TypeAlias

import numpy

CUDA_DTYPES = 'float32', 'float16'

Array: TypeAlias = numpy.ndarray
"""Or a cupy.ndarray, which has the same members; CuPy need not be installed."""
Pair: TypeAlias = int | tuple[int, int]
"""One number for both directions, or (vertical, horizontal)."""


def array_module(*arrays: Array) -> types.ModuleType:
    """NumPy, or CuPy if any of ``arrays`` lives on a GPU (then CuPy has been imported already)."""
    cupy = sys.modules.get('cupy')
    if cupy is not None:
        # No any(...): a training step asks thousands of times.
        for array in arrays:
            if isinstance(array, cupy.ndarray):
                return cupy
    return numpy


def check_same(op: str, /, **arrays: Any) -> None:
    """Raise ValueError unless arrays, by their names, have the shape and type of the first; None is skipped."""
    (first_name, first), *others = arrays.items()
    for name, array in others:
        if array is not None and (array.shape, array.dtype) != (first.shape, first.dtype):
            raise ValueError(f'{op}: {name} is {array.dtype}{array.shape}; it has to be {first.dtype}{first.shape} as '
                             f'{first_name}')


def address(array: Array) -> int:
    """First byte of an array in its device's memory."""
    # Not array.ctypes.data, which makes two objects each time.
    return array.__array_interface__['data'][0] if isinstance(array, numpy.ndarray) else array.data.ptr


def pair(value: Pair) -> tuple[int, int]:
    """``(value, value)`` for one number; a pair as it is."""
    if hasattr(value, '__iter__'):
        first, second = value
        return first, second
    return value, value
