"""Arrays that write down what is done to them."""
import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy
from numpy import ndarray
from numpy.typing import DTypeLike

from .functions import ASKING, CHANGING, CHANGING_METHODS, PURE, PURE_METHODS, REFUSED_METHODS
from .recorder import Recorder, Unrecordable, active
from .views import Placed, all_plain, detached, plain


class Traced(Placed):
    """An array whose operations go to the tape of the active recorder; without one it computes plain arrays.

    Raises Unrecordable, while it is recorded, where Python reads its values or a function is not known.
    """

    def __array_ufunc__(self, ufunc: numpy.ufunc, method: str, *inputs: Any, out: tuple | None = None,
                        **settings: Any) -> Any:
        call, recorder = getattr(ufunc, method), active()
        settings = all_plain(settings)
        if out is not None:
            settings['out'] = all_plain(out)
        result = call(*all_plain(inputs), **settings)
        if recorder is None:
            return result if out is None else out[0]
        if out is None and result is not None:
            if isinstance(result, tuple):
                raise Unrecordable(f'numpy.{ufunc.__name__} has several results')
            out = kept(recorder, result),
        if out is not None:
            settings['out'] = detached(out)
        recorder.add(functools.partial(call, *detached(inputs), **settings))
        return None if out is None else out[0]

    def __array_function__(self, function: Callable, types: Any, arguments: Any, settings: Any) -> Any:
        if active() is None or function in ASKING:
            return function(*all_plain(arguments), **all_plain(settings))
        if function is numpy.empty_like:
            like = function(*all_plain(arguments), **all_plain(settings))
            return new(like.shape, like.dtype, like.strides)
        if (out := settings.get('out')) is not None:
            settings = {name: value for name, value in settings.items() if name != 'out'}
            changed(lambda out, *given, **named: function(*given, out=out, **named), out, *arguments, **settings)
            return out
        if function in CHANGING:
            return changed(function, *arguments, **settings)
        if function in PURE:
            return computed(function, *arguments, **settings)
        raise Unrecordable(f'numpy.{function.__name__} is not known to the recorder')

    def __getitem__(self, key: Any) -> Any:
        return computed(ndarray.__getitem__, self, key)

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    @property
    def flat(self) -> Any:
        """Not recorded."""
        return _refused('flat', ndarray.flat.__get__)(self)


def traced(array: ndarray) -> Traced:
    """A view of an array that stays where it is."""
    return array.view(Traced)


def new(shape: tuple[int, ...], dtype: DTypeLike, strides: tuple[int, ...] | None = None) -> Traced:
    """An uninitialised array of the active recorder's pool. ``strides`` leave no gaps; None: rows are contiguous."""
    recorder, dtype = active(), numpy.dtype(dtype)
    assert recorder is not None
    count = 1
    for length in shape:
        count *= length
    slab, place = recorder.pool.borrow(count * dtype.itemsize)
    array = ndarray.__new__(Traced, shape, dtype, slab, 0, strides)
    recorder.pool.lend(place, array)
    return array


def kept(recorder: Recorder, result: Any) -> Traced:
    """A new array or a scalar in the pool."""
    result = numpy.asarray(result)
    target = new(result.shape, result.dtype, result.strides)
    plain(target)[...] = result
    return target


def computed(function: Callable, *arguments: Any, **settings: Any) -> Any:
    """Call a function that changes nothing, and note it unless it returns views of what it is given."""
    result, recorder = function(*all_plain(arguments), **all_plain(settings)), active()
    if recorder is None:
        return result
    results = result if isinstance(result, (list, tuple)) else [result]
    if not all(isinstance(item, (ndarray, numpy.generic)) for item in results):
        raise Unrecordable(f'{function.__name__} returns {type(result).__name__}')
    given = list(_arrays((arguments, settings)))
    if all(isinstance(item, ndarray) and any(numpy.may_share_memory(item, array) for array in given)
           for item in results):
        views = [item.view(Traced) for item in results]
        return type(result)(views) if isinstance(result, (list, tuple)) else views[0]
    if isinstance(result, (list, tuple)):
        raise Unrecordable(f'{function.__name__} returns several arrays')
    target = kept(recorder, result)
    recorder.add(functools.partial(_repeat, detached(target), function, detached(arguments), detached(settings)))
    return target


def changed(function: Callable, array: ndarray, *arguments: Any, **settings: Any) -> None:
    """Call a function that changes ``array`` in place, and note it."""
    function(plain(array), *all_plain(arguments), **all_plain(settings))
    if (recorder := active()) is not None:
        recorder.add(functools.partial(function, detached(array), *detached(arguments), **detached(settings)))


def _repeat(target: ndarray, function: Callable, arguments: tuple, settings: dict) -> None:
    numpy.copyto(target, function(*arguments, **settings))


def _arrays(value: Any) -> Iterator[ndarray]:
    if isinstance(value, ndarray):
        yield plain(value)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _arrays(item)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))


def _pure(name: str, function: Callable) -> Callable:
    def method(self, *arguments, **settings):
        if settings.get('out') is not None and active() is not None:
            raise Unrecordable(f'{name} of an array is not known with out')
        return computed(function, self, *arguments, **settings)
    return method


def _changing(function: Callable) -> Callable:
    return lambda self, *arguments, **settings: changed(function, self, *arguments, **settings)


def _refused(name: str, function: Callable) -> Callable:
    def method(self, *arguments, **settings):
        if active() is not None:
            raise Unrecordable(f'{name} of an array is not known to the recorder: Python reads its values')
        return function(plain(self), *all_plain(arguments), **all_plain(settings))
    return method


for _name, _function in PURE_METHODS.items():
    setattr(Traced, _name, _pure(_name, _function))
for _name, _function in CHANGING_METHODS.items():
    setattr(Traced, _name, _changing(_function))
for _name, _function in REFUSED_METHODS.items():
    setattr(Traced, _name, _refused(_name, _function))
