"""What a browser sends, as values that are checked: numbers, names, colours, label maps."""
import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy
from PIL import Image

from spade_anime.conditions.condition import Condition
from spade_anime.conditions.controls import COLOR, LAYER, MAP, NUMBER, ONE, SOME, Control
from spade_anime.data.palette import Palette
from spade_anime.fields import shown
from spade_anime.files import plain_text
from spade_anime.page.faults import RequestError

LARGEST_MAP = 4096
LARGEST_DRAWING = 2048
LONGEST_TEXT = 500


def json_object(body: bytes) -> dict[str, Any]:
    """The object that a body holds. Raises RequestError."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError('the body: not JSON; allowed is an object') from None
    if not isinstance(values, dict):
        raise RequestError(f'the body: {shown(values)}; allowed is an object')
    return values


def whole(values: Mapping[str, Any], name: str, low: int, high: int, default: int) -> int:
    """A whole number. Raises RequestError."""
    value = values.get(name, default)
    if type(value) is not int or not low <= value <= high:
        raise RequestError(f'{name}: {shown(value)}; allowed is a whole number from {low} to {high}')
    return value


def number_in(query: Mapping[str, str], name: str) -> int:
    """A whole number of an address. Raises RequestError."""
    value = query.get(name, '')
    if not value.isascii() or not value.isdigit() or len(value) > 6:
        raise RequestError(f'{name}: {shown(value)}; allowed is a whole number from 0 on')
    return int(value)


def size_in(query: Mapping[str, str]) -> int:
    """The size in pixels that an address asks for. Raises RequestError."""
    size = number_in(query, 'size')
    if not 1 <= size <= LARGEST_DRAWING:
        raise RequestError(f'size: {size}; allowed is 1 to {LARGEST_DRAWING}')
    return size


def text(values: Mapping[str, Any], name: str, longest: int = LONGEST_TEXT) -> str:
    """A text in one line. Raises RequestError."""
    return _text(name, values.get(name, ''), longest)


def label_map(value: Any, classes: int) -> numpy.ndarray:
    """Positions of classes, uint8 (S, S), of ``{"size": S, "classes": base64 of S * S bytes}``. Raises RequestError."""
    found = _square('label', value, 'classes', 1)[..., 0]
    if found.max() >= classes:
        raise RequestError(f'label: has class {found.max()}; allowed are 0 to {classes - 1}')
    return found


def _square(name: str, value: Any, part: str, channels: int) -> numpy.ndarray:
    """uint8 (S, S, channels) of ``{"size": S, part: base64 of S * S * channels bytes}``. Raises RequestError."""
    if not isinstance(value, dict):
        raise RequestError(f'{name}: {shown(value)}; allowed is an object with size and {part}')
    size, given = whole(value, 'size', 1, LARGEST_MAP, 0), value.get(part)
    try:
        content = base64.b64decode(given, validate=True) if isinstance(given, str) else b''
    except (binascii.Error, ValueError):
        content = b''
    if len(content) != size * size * channels:
        raise RequestError(f'{name}: {part} has {len(content)} bytes; allowed are {size} x {size} x {channels}, in '
                           'base64')
    return numpy.frombuffer(content, numpy.uint8).reshape(size, size, channels)


def inputs(values: Any, condition: Condition) -> dict[str, Any]:
    """Keywords of ``Generator.paint`` of values by the keys of the condition's controls. Raises RequestError."""
    if not isinstance(values, dict):
        raise RequestError(f'values: {shown(values)}; allowed is an object')
    controls = {control.key: control for control in condition.controls}
    for key in values:
        if key not in controls:
            raise RequestError(f'values: {shown(key)} is no control of this generator; allowed are '
                               f'{", ".join(controls)}')
    found: dict[str, Any] = {}
    for key, value in values.items():
        control, checked = controls[key], _value(controls[key], value, getattr(condition, 'palette', None))
        if control.region:
            checked = ','.join(filter(None, (found.get(control.name), f'{control.region}={checked}')))
        found[control.name] = checked
    return found


def _value(control: Control, value: Any, palette: Palette | None) -> Any:
    """A value as ``Generator.paint`` takes it: nothing that it could take for the path of a file."""
    if control.kind == MAP:
        assert palette is not None
        return palette.array[label_map(value, len(palette.names))]
    if control.kind == LAYER:
        return Image.fromarray(_square(control.key, value, 'pixels', 4))
    if control.kind == COLOR:
        return _color(control, value)
    if control.kind == ONE:
        return _chosen(control, [value])[0]
    if control.kind == SOME:
        return _chosen(control, value)
    if control.kind == NUMBER:
        if type(value) not in (int, float) or not control.low <= value <= control.high:
            raise RequestError(f'{control.key}: {shown(value)}; allowed is {control.low:g} to {control.high:g}')
        return type(control.value)(value)
    return _text(control.key, value, LONGEST_TEXT)


def _color(control: Control, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch('#[0-9a-f]{6}', value):
        raise RequestError(f'{control.key}: {shown(value)}; allowed is a colour like #d04080')
    return value


def _chosen(control: Control, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name in control.names for name in value):
        raise RequestError(f'{control.key}: {shown(value)}; allowed are {_some(control.names)}')
    return value


def _some(names: Iterable[str], most: int = 20) -> str:
    names = list(names)
    return ', '.join(names[:most]) + (f' and {len(names) - most} more' if len(names) > most else '')


def _text(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or not plain_text(value):
        raise RequestError(f'{name}: {shown(value)}; allowed is a text in one line of up to {longest} characters')
    return value
