"""The noise that a generator draws, as the one input ``z`` of a model."""
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy

from spade_anime.exporting.onnx_graph import Axes, Graph
from spade_anime.types import Array

Form: TypeAlias = int | list
"""Where each array stands in the noise: its number, or forms in a list."""

Z = 'z'
TO_THE_END = numpy.iinfo(numpy.int64).max


def flattened(z: Any) -> tuple[list[Array], Form]:
    """Arrays of noise as a generator draws it, an array or arrays in nested lists, and its form."""
    arrays: list[Array] = []

    def form(value: Any) -> Form:
        if isinstance(value, list | tuple):
            return [form(part) for part in value]
        arrays.append(value)
        return len(arrays) - 1
    return arrays, form(z)


def restored(form: Form, values: Sequence[Any]) -> Any:
    """Nested lists of the ``values`` that a form numbers."""
    return [restored(part, values) for part in form] if isinstance(form, list) else values[form]


def packed(z: Any) -> numpy.ndarray:
    """Noise as a generator draws it, in one array.

    Maps (B, 1, h, h) of several sizes become (B, maps, S, S), S being the largest h. A smaller map lies in every S/h-th
    row and column, so that a model for any size finds it, and standard normal numbers everywhere draw it too. Other
    arrays are (B, numbers), one after the other.
    """
    arrays, _ = flattened(z)
    if not _are_maps(arrays):
        return numpy.concatenate([array.reshape(len(array), -1) for array in arrays], axis=1)
    size = _size(arrays)
    whole = numpy.zeros((len(arrays[0]), len(arrays), size, size), numpy.float32)
    for i, array in enumerate(arrays):
        step = size // array.shape[2]
        whole[:, i, ::step, ::step] = array[:, 0]
    return whole


def unpacked(graph: Graph, arrays: Sequence[Array]) -> list[str]:
    """Write what takes arrays of these shapes out of the input ``Z``, as ``packed`` put them in; their names."""
    if _are_maps(arrays):
        steps = [_size(arrays) // array.shape[2] for array in arrays]
        return [_slice(graph, [i, 0, 0], [i + 1, TO_THE_END, TO_THE_END], [1, 2, 3], [1, step, step])
                for i, step in enumerate(steps)]
    names, start = [], 0
    for array in arrays:
        count = array[0].size
        name = Z if len(arrays) == 1 else _slice(graph, [start], [start + count], [1], [1])
        # 0 keeps the batch of the input.
        names.append(name if array.ndim == 2 else graph.op('Reshape', name, numpy.array([0, *array.shape[1:]])))
        start += count
    return names


def axes(arrays: Sequence[Array]) -> Axes:
    """The input ``Z`` and its axes; nothing for a generator without noise."""
    if not arrays:
        return {}
    if _are_maps(arrays):
        return {Z: ['batch', len(arrays), 'height', 'width']}
    return {Z: ['batch', sum(array[0].size for array in arrays)]}


def _slice(graph: Graph, *limits: list[int]) -> str:
    return graph.op('Slice', Z, *(numpy.array(numbers, numpy.int64) for numbers in limits))


def _are_maps(arrays: Sequence[Array]) -> bool:
    return bool(arrays) and all(array.ndim == 4 and array.shape[1] == 1 for array in arrays)


def _size(arrays: Sequence[Array]) -> int:
    return max(array.shape[2] for array in arrays)
