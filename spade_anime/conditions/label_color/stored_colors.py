"""Colours of portraits as condition.json has them: ``[class, x, y, "#rrggbb"]`` for each part."""
import re
from collections.abc import Sequence
from typing import Any

from spade_anime.conditions.label_color.regions import ColoredPart, Portrait
from spade_anime.data.hair import to_hex
from spade_anime.data.palette import MOST_CLASSES
from spade_anime.fields import OptionError, shown

MOST_PORTRAITS, MOST_PARTS = 1024, 4096


def as_values(portraits: Sequence[Portrait]) -> list[list[list[Any]]]:
    """Lists of what JSON can hold."""
    return [[[part.position, *part.center, to_hex(part.color)] for part in portrait] for portrait in portraits]


def portraits_of_values(values: object) -> tuple[Portrait, ...]:
    """Portraits of what JSON holds. Raises OptionError."""
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_PORTRAITS:
        raise OptionError(f'portraits is {shown(values)}; allowed is a list of 1 to {MOST_PORTRAITS} portraits')
    return tuple(_portrait(value) for value in values)


def _portrait(value: object) -> Portrait:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_PARTS:
        raise OptionError(f'a portrait is {shown(value)}; allowed is a list of 1 to {MOST_PARTS} parts')
    return tuple(_part(part) for part in value)


def _part(value: object) -> ColoredPart:
    if isinstance(value, list) and len(value) == 4:
        position, x, y, color = value
        if (type(position) is int and 0 <= position < MOST_CLASSES
                and all(type(v) in (int, float) and 0 <= v <= 1 for v in (x, y))
                and isinstance(color, str) and re.fullmatch('#[0-9a-f]{6}', color)):
            red, green, blue = bytes.fromhex(color[1:])
            return ColoredPart(position, (float(x), float(y)), (red, green, blue))
    raise OptionError(f'a part of a portrait is {shown(value)}; allowed is [class, x, y, "#rrggbb"], x and y from 0 to '
                      '1')
