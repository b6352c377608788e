"""Which square of a drawing is labelled: one that was chosen by hand, else the one in the middle."""
import json
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.palette import Palette
from spade_anime.fields import shown
from spade_anime.files import file_fault
from spade_anime.runs.directory import write_json

FILE = 'crops.json'
MOST_BYTES = 2 ** 22
SMALLEST = 16
"""Pixels of a side."""


class Square(NamedTuple):
    """A square of a picture, in its pixels."""

    left: int
    top: int
    side: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom."""
        return self.left, self.top, self.left + self.side, self.top + self.side

    def within(self, size: tuple[int, int]) -> bool:
        """Whether a picture of a size, width and height, has it."""
        width, height = size
        return (min(self.left, self.top) >= 0 and min(SMALLEST, width, height) <= self.side
                and self.left + self.side <= width and self.top + self.side <= height)


def middle(size: tuple[int, int]) -> Square:
    """The largest square in the middle of a picture of a size, width and height."""
    side = min(size)
    return Square((size[0] - side) // 2, (size[1] - side) // 2, side)


class Crops:
    """The squares that were chosen, by the names of the drawings, in a file. Raises DataError if that is damaged."""

    def __init__(self, path: Path):
        self._path, self._chosen = path, _read(path)

    def of(self, name: str, size: tuple[int, int]) -> Square:
        """The square of a drawing of a size, width and height."""
        chosen = self._chosen.get(name)
        return chosen if chosen and chosen.within(size) else middle(size)

    def choose(self, name: str, square: Square) -> None:
        """Keep a square. Raises WriteError."""
        self._chosen[name] = square
        write_json(self._path, self._chosen)


def moved(classes: numpy.ndarray, before: Square, after: Square, background: int) -> numpy.ndarray:
    """A label (S, S) of one square as that of another, at the same scale; what is new is background."""
    scale = len(classes) / before.side
    side = max(1, round(after.side * scale))
    step = after.side * scale / side
    shift = numpy.array([[step, 0, (after.left - before.left) * scale], [0, step, (after.top - before.top) * scale]])
    return cv2.warpAffine(classes, shift, (side, side), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
                          borderValue=background)


def spread(colors: numpy.ndarray, size: tuple[int, int], palette: Palette) -> Image.Image:
    """A label of the middle square of a drawing as one of all of it, with background beside it."""
    edge, side = min(size), len(colors)
    width, height = (max(side, round(length * side / edge)) for length in size)
    whole = Image.new('RGB', (width, height), palette.colors[palette.background])
    whole.paste(Image.fromarray(colors), ((width - side) // 2, (height - side) // 2))
    return whole


def _read(path: Path) -> dict[str, Square]:
    fault = file_fault(path, MOST_BYTES)
    if not fault and not path.exists():
        return {}
    try:
        values = json.loads(path.read_bytes()) if not fault else {}
    except (OSError, ValueError, RecursionError) as error:
        fault = shown(str(error))
    if fault or not isinstance(values, dict) or not all(map(_is_square, values.values())):
        raise DataError(f'{path}: {fault or "not squares by name"}; allowed is {{"name": [left, top, side]}}, or '
                        'no such file: then the square in the middle of each drawing is taken')
    return {name: Square(*square) for name, square in values.items()}


def _is_square(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(type(v) is int and 0 <= v < 2 ** 31 for v in value)
