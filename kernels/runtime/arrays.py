"""Choosing by the array at hand: NumPy or CuPy, without importing CuPy for those who have none, and which text runs."""
import functools
import os
import sys
import types

import numpy

VARIABLE = 'SPADE_ANIME_KERNELS'
CUDA_DTYPES = 'float32', 'float16'


def array_module(*arrays) -> types.ModuleType:
    """NumPy, or CuPy if any of ``arrays`` lives on a GPU (then CuPy has been imported already)."""
    cupy = sys.modules.get('cupy')
    if cupy is not None and any(isinstance(array, cupy.ndarray) for array in arrays):
        return cupy
    return numpy


def address(array) -> int:
    """First byte of an array in its device's memory."""
    return array.ctypes.data if isinstance(array, numpy.ndarray) else array.data.ptr


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """``(value, value)`` for one number; a pair as it is."""
    if hasattr(value, '__len__'):
        first, second = value
        return first, second
    return value, value


def implementation(impl: str | None, array, dtypes: tuple[str, ...] = CUDA_DTYPES) -> str:
    """Which text of an op runs: 'reference', 'cuda' (the own kernel) or 'cpu'.

    None is 'cpu' on NumPy arrays; on CuPy arrays 'cuda', but the reference for a type that the kernel is not made
    for (double precision, in gradient checks). On both it is the reference where the environment variable
    SPADE_ANIME_KERNELS says so.
    """
    if impl not in (None, 'reference', 'cuda'):
        raise ValueError(f"impl is {impl!r}; it may be None, 'reference' or 'cuda'")
    if impl == 'cuda' and _name(array.dtype) not in dtypes:
        raise TypeError(f'the CUDA kernel takes {" or ".join(dtypes)}, not {array.dtype}')
    if impl is not None:
        return impl
    if _forced():
        return 'reference'
    if array_module(array) is numpy:
        return 'cpu'
    return 'cuda' if _name(array.dtype) in dtypes else 'reference'


@functools.cache
def _name(dtype: numpy.dtype) -> str:
    # NumPy takes longer to put the name together than a launch may take.
    return dtype.name


def _forced() -> bool:
    """Whether the environment variable asks for the references everywhere."""
    value = os.environ.get(VARIABLE, '')
    if value not in ('', 'reference'):
        raise ValueError(f"{VARIABLE} is {value!r}; it may be 'reference' or empty")
    return bool(value)
