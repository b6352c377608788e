"""Names for the noise that a generator draws: the inputs of a model."""
from typing import Any, TypeAlias

from spade_anime.types import Array

Form: TypeAlias = str | list
"""A name, or forms in a list: where each array stands in the noise."""


def named_noise(z: Any) -> tuple[dict[str, Array], Form]:
    """``(arrays by name, form)`` of noise as a generator draws it: an array, or arrays in nested lists."""
    arrays: dict[str, Array] = {}

    def name(value: Any, path: str) -> Form:
        if isinstance(value, (list, tuple)):
            return [name(part, f'{path}_{i}') for i, part in enumerate(value)]
        arrays[path] = value
        return path
    return arrays, name(z, 'z')


def restored(form: Form, values: dict[str, Any]) -> Any:
    """Nested lists of the ``values`` that a form names."""
    return [restored(part, values) for part in form] if isinstance(form, list) else values[form]
