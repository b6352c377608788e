"""Noise as a generator draws it, by names: the inputs of a model."""


def named_noise(z) -> tuple:
    """``(arrays by name, form)`` of noise as a generator draws it: an array, or arrays in nested lists."""
    arrays = {}

    def name(value, path):
        if isinstance(value, (list, tuple)):
            return [name(part, f'{path}_{i}') for i, part in enumerate(value)]
        arrays[path] = value
        return path
    return arrays, name(z, 'z')


def restored(form, values: dict):
    """Nested lists of the ``values`` that a form names."""
    return [restored(part, values) for part in form] if isinstance(form, list) else values[form]
