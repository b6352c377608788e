"""The classes of label maps: their names, their colours, and the values that stand for them in index pictures."""
import dataclasses
import functools
import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.fields import shown
from spade_anime.files import MAX_TEXT_BYTES, file_fault, plain_text

PALETTE_FILE = 'palette.json'
"""The file of a data set that names its classes; without it they are ``FIVE``."""

MOST_CLASSES = 64
LARGEST_INDEX = 65535
LONGEST_CLASS_NAME = 60
_KEYS = 'classes', 'background', 'hair'
_CLASS_KEYS = 'name', 'color', 'index'


@dataclasses.dataclass(frozen=True)
class Palette:
    """The classes of a label map, in the order of ``names``; a class is called by its position there.

    A label is one-hot, float32 (channels, H, W) in {0, 1}: one channel for each class but the background, which is
    where all are zero.

    Args:
        names: of the classes, each once.
        colors: RGB 0..255 of each, none twice.
        indexes: the value that stands for each class in a picture of class indexes.
        background: position of the class of what belongs to no other.
        hair: position of the class whose colour a hair-colour map gives, or None.
    """

    names: tuple[str, ...]
    colors: tuple[tuple[int, int, int], ...]
    indexes: tuple[int, ...]
    background: int
    hair: int | None

    @functools.cached_property
    def array(self) -> np.ndarray:
        """The colours, uint8 (N, 3)."""
        return np.array(self.colors, dtype=np.uint8)

    @functools.cached_property
    def foreground(self) -> tuple[int, ...]:
        """Positions of all classes but the background: the class of each channel of a label."""
        return tuple(k for k in range(len(self.names)) if k != self.background)

    @property
    def channels(self) -> int:
        """Channels of a label."""
        return len(self.foreground)

    @property
    def hair_channel(self) -> int | None:
        """The channel of hair, or None."""
        return None if self.hair is None else self.foreground.index(self.hair)

    def one_hot(self, classes: np.ndarray) -> np.ndarray:
        """Turn positions of classes (H, W) into a label (channels, H, W), float32 in {0, 1}."""
        return (classes == np.array(self.foreground, dtype=np.uint8)[:, None, None]).astype(np.float32)

    def classes(self, label: np.ndarray) -> np.ndarray:
        """Positions of classes, uint8 (H, W), of a label (channels, H, W)."""
        found = np.array(self.foreground, dtype=np.uint8)[label.argmax(axis=0)]
        return np.where(label.max(axis=0) > 0.5, found, np.uint8(self.background))

    def to_rgb(self, label: np.ndarray) -> np.ndarray:
        """Paint a label (channels, H, W) in the colours of its classes, uint8 (H, W, 3)."""
        return self.array[self.classes(label)]

    def hair_in(self, label: np.ndarray) -> np.ndarray:
        """Where a label (channels, H, W) has hair, float32 (H, W) in {0, 1}."""
        return np.zeros_like(label[0]) if self.hair_channel is None else label[self.hair_channel]

    def same_classes(self, other: 'Palette') -> bool:
        """Whether labels of both mean the same; how files show them may differ, by colour or by index."""
        return (self.names, self.background, self.hair) == (other.names, other.background, other.hair)

    def text(self) -> str:
        """The classes as messages show them: ``eye (255, 0, 0), face (0, 255, 0), ...``."""
        return ', '.join(f'{name} {color}' for name, color in zip(self.names, self.colors))

    def values(self) -> dict[str, Any]:
        """As palette.json has it."""
        classes = [{'name': name, 'color': '#' + bytes(color).hex(), 'index': index}
                   for name, color, index in zip(self.names, self.colors, self.indexes)]
        return {'classes': classes, 'background': self.names[self.background],
                'hair': None if self.hair is None else self.names[self.hair]}


FIVE = Palette(
    names=('eye', 'face', 'hair', 'other', 'background'),
    colors=((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 0, 255), (255, 255, 0)),
    indexes=(0, 1, 2, 3, 4), background=4, hair=2)
"""The classes of the lineage, SPADE-pix2pix-for-Anime, of the example portraits, and of data sets without a
palette.json."""

EYE, FACE, HAIR, OTHER, BACKGROUND = range(5)
"""Positions in ``FIVE``."""


def read_palette(path: str | os.PathLike) -> Palette:
    """Read a palette.json: ``{"classes": [{"name": "skin", "color": "#ffe0c0", "index": 1}, ...],
    "background": "background", "hair": "hair"}``.

    A colour may be a list of three numbers 0..255 as well. ``index`` defaults to the place in the list, from 0 on;
    ``background`` and ``hair`` to the classes of these names. Hair is optional, and null says that there is none.

    Raises:
        DataError: the file cannot be read, or one line for what it holds, what is allowed.
    """
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise DataError(f'{path}: {fault}')
    try:
        with open(path, encoding='utf-8-sig') as file:
            values = json.load(file)
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f'{path}: not a palette ({shown(str(error))})') from None
    try:
        return palette_of(values)
    except DataError as error:
        raise DataError(f'{path}: {error}') from None


def palette_of(values: Any) -> Palette:
    """A palette of what JSON holds, as ``Palette.values`` gives it. Raises DataError in one line."""
    _check_keys(values, 'a palette', _KEYS)
    classes = values.get('classes')
    if not isinstance(classes, list) or not 2 <= len(classes) <= MOST_CLASSES:
        found = f'{len(classes)} of them' if isinstance(classes, list) else shown(classes)
        raise DataError(f'classes: {found}; allowed is a list of 2 to {MOST_CLASSES} classes')
    for k, entry in enumerate(classes):
        _check_keys(entry, f'class {k}', _CLASS_KEYS)
    names = tuple(_name(entry.get('name'), k) for k, entry in enumerate(classes))
    colors = tuple(_color(entry.get('color'), name) for name, entry in zip(names, classes))
    indexes = tuple(_index(entry.get('index', k), name) for k, (name, entry) in enumerate(zip(names, classes)))
    _check_unique('name', names, names)
    _check_unique('color', colors, names)
    _check_unique('index', indexes, names)
    background = _position(names, 'background', values.get('background', 'background'))
    hair = values.get('hair', 'hair' if 'hair' in names else None)
    position = None if hair is None else _position(names, 'hair', hair)
    if position == background:
        raise DataError(f'hair: {shown(hair)} is the background too; name another class, or null for none')
    return Palette(names, colors, indexes, background, position)


def _check_keys(values: Any, what: str, allowed: tuple[str, ...]) -> None:
    if not isinstance(values, Mapping):
        raise DataError(f'{what} is {shown(values)}; allowed is an object with the keys {", ".join(allowed)}')
    for key in values:
        if key not in allowed:
            raise DataError(f'{what} has the key {shown(key)}; allowed are {", ".join(allowed)}')


def _name(value: Any, k: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_CLASS_NAME or not plain_text(value):
        raise DataError(f'class {k}: its name is {shown(value)}; allowed is a text of 1 to {LONGEST_CLASS_NAME} '
                        'characters in one line')
    return value


def _color(value: Any, name: str) -> tuple[int, int, int]:
    if isinstance(value, str) and re.fullmatch('#[0-9a-fA-F]{6}', value):
        value = list(bytes.fromhex(value[1:]))
    if not isinstance(value, list) or len(value) != 3 or not all(type(v) is int and 0 <= v <= 255 for v in value):
        raise DataError(f'class {name}: its color is {shown(value)}; allowed is "#rrggbb" or three numbers 0..255')
    red, green, blue = value
    return red, green, blue


def _index(value: Any, name: str) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_INDEX:
        raise DataError(f'class {name}: its index is {shown(value)}; allowed is a whole number from 0 to '
                        f'{LARGEST_INDEX}')
    return value


def _check_unique(what: str, values: Sequence, names: tuple[str, ...]) -> None:
    for k, value in enumerate(values):
        first = values.index(value)
        if first != k:
            raise DataError(f'classes {first} {names[first]} and {k} {names[k]} have the same {what} '
                            f'{shown(value)}; allowed is each once')


def _position(names: tuple[str, ...], what: str, value: Any) -> int:
    if value not in names:
        raise DataError(f'{what}: no class is named {shown(value)}; the classes are {", ".join(names)}')
    return names.index(value)
