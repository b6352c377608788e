"""Which implementation of an op runs: the array at hand decides, and ``impl`` overrules it."""
import functools

import numpy
from numpy.typing import DTypeLike

from .across import ALONE, Across
from .arrays import CUDA_DTYPES, Array, array_module
from .machine import machine


def implementation(impl: str | None, array: Array, dtypes: tuple[str, ...] = CUDA_DTYPES, *,
                   dtype: DTypeLike | None = None, gpu: str = 'cuda', cpu: tuple[str, ...] = (),
                   across: Across = ALONE) -> str:
    """Return 'reference' (the plain formula), 'cpu' (the same in blocks on all cores) or ``gpu``.

    Args:
        impl: 'reference', ``gpu`` or one of ``cpu``; None lets ``array`` decide: on NumPy arrays 'cpu', on CuPy arrays
            ``gpu``. It is the reference for what these are not made for: half precision on a CPU, other types than
            ``dtypes`` on a GPU (double precision, in gradient checks). On both it is the reference where the settings
            of the machine say so.
        dtypes: names of the types that the GPU's implementation takes. TypeError where it is asked for with others.
        dtype: type that decides, by default the array's.
        gpu: what the GPU's implementation is called.
        cpu: what may be asked for on NumPy arrays besides the reference. RuntimeError where ``array`` is another.
        across: over several processes all is computed by the references, which alone know of them.
    """
    name = _name(array.dtype if dtype is None else numpy.dtype(dtype))
    if impl is not None:
        _check(impl, array, name, dtypes, gpu, cpu)
    if across is not ALONE:
        return 'reference'
    if impl is not None:
        return impl
    if machine().by_reference:
        return 'reference'
    if array_module(array) is numpy:
        return 'reference' if name == 'float16' else 'cpu'
    return gpu if name in dtypes else 'reference'


def _check(impl: str, array: Array, name: str, dtypes: tuple[str, ...], gpu: str, cpu: tuple[str, ...]) -> None:
    *names, last = 'reference', gpu, *cpu
    if impl not in (*names, last):
        raise ValueError(f'impl is {impl!r}; it may be None, {", ".join(map(repr, names))} or {last!r}')
    if impl in cpu and array_module(array) is not numpy:
        raise RuntimeError(f'impl={impl!r} takes NumPy arrays; leave it at None to compute on the GPU')
    if impl == gpu and name not in dtypes:
        raise TypeError(f'impl={gpu!r} takes {" or ".join(dtypes)}, not {name}')


@functools.cache
def _name(dtype: numpy.dtype) -> str:
    # NumPy takes longer to put the name together than a launch may take.
    return dtype.name
