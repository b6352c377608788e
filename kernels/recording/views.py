"""Traced arrays as plain ones: for a call, and for a tape, which keeps none of them alive."""
import functools
import types
from typing import Any

import numpy
from numpy import ndarray

from .pool import Slab


class Placed(ndarray):
    """An array whose memory stays where it is."""


def plain(value: Any) -> Any:
    """The same array without its class; other values as they are."""
    return ndarray.view(value, ndarray) if isinstance(value, Placed) else value


def all_plain(value: Any) -> Any:
    """The same of all in tuples, lists and dicts."""
    return mapped(plain, value)


def mapped(function: Any, value: Any) -> Any:
    """What ``function`` makes of each in nested tuples, lists and dicts, in such."""
    if isinstance(value, (tuple, list)):
        items = [mapped(function, item) for item in value]
        return type(value)(*items) if hasattr(value, '_fields') else type(value)(items)
    if type(value) is dict:
        return {key: mapped(function, item) for key, item in value.items()}
    return function(value)


def detached(value: Any) -> Any:
    """The same with plain arrays that do not hold on to their memory, in all that ``value`` consists of.

    That are items of tuples, lists and dicts, variables that functions enclose, and attributes of objects of this
    package. The memory is another array's once all that are traced and use it are gone.
    """
    return _Detaching()(value)


def _detached_array(array: Placed) -> numpy.ndarray:
    owner: Any = array
    while isinstance(owner, ndarray) and not isinstance(owner, Slab):
        owner = owner.base
    if not isinstance(owner, Slab):
        return plain(array)
    offset = array.__array_interface__['data'][0] - owner.__array_interface__['data'][0]
    return ndarray(array.shape, array.dtype, owner, offset, array.strides)


class _Detaching:
    """What is found twice stays one object."""

    PACKAGE = __name__.split('.')[0] + '.'

    def __init__(self) -> None:
        # The original is kept, as another object might get its id.
        self._known: dict[int, tuple[Any, Any]] = {}

    def __call__(self, value: Any) -> Any:
        return mapped(self._one, value)

    def _one(self, value: Any) -> Any:
        if isinstance(value, Placed):
            return _detached_array(value)
        kind = type(value)
        parts = kind in (types.FunctionType, types.MethodType, functools.partial)
        if not parts and not (hasattr(value, '__dict__') and kind.__module__.startswith(self.PACKAGE)):
            return value
        if id(value) not in self._known:
            self._known[id(value)] = value, self._rebuilt(value, kind)
        return self._known[id(value)][1]

    def _rebuilt(self, value: Any, kind: type) -> Any:
        if kind is types.MethodType:
            return types.MethodType(value.__func__, self(value.__self__))
        if kind is functools.partial:
            return functools.partial(self(value.func), *self(value.args), **self(value.keywords))
        if kind is types.FunctionType:
            return self._function(value)
        copy: Any = object.__new__(kind)
        self._known[id(value)] = value, copy
        for name, item in vars(value).items():
            object.__setattr__(copy, name, self(item))
        return copy

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        enclosed = function.__closure__ or ()
        cells = tuple(types.CellType() for _ in enclosed)
        copy = types.FunctionType(function.__code__, function.__globals__, function.__name__, None, cells)
        self._known[id(function)] = function, copy
        copy.__defaults__, copy.__kwdefaults__ = self(function.__defaults__), self(function.__kwdefaults__)
        for cell, original in zip(cells, enclosed):
            cell.cell_contents = self(original.cell_contents)
        return copy
