"""What a user paints from: label maps and hair colours, as flags name them."""
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spade_anime.conditions.label_color.joining import plain
from spade_anime.conditions.label_color.reading import is_picture, list_labels, read_color, read_label
from spade_anime.data.errors import DataError, raise_faults
from spade_anime.data.hair import parse_color, random_hair_color
from spade_anime.data.images import list_images
from spade_anime.data.label_maps.notes import warn
from spade_anime.data.palette import FIVE, Palette
from spade_anime.data.squares import Window


class Painted(NamedTuple):
    """What one picture is painted from: name, label (C, S, S), colour (3, S, S), and where in them the label map is
    that was given; None where nothing is padding."""

    name: str
    label: np.ndarray
    color: np.ndarray
    window: Window | None


class Inputs(NamedTuple):
    """What is painted, and a line for each input that cannot be read."""

    read: list[Painted]
    faults: list[str]


ColorOf = Callable[[Any, np.ndarray], np.ndarray]
"""Of what names a colour, '' for nothing, and a label (C, S, S): a colour map (3, S, S)."""


def read_inputs(label: Any, color: Any, image_size: int, seed: int, palette: Palette = FIVE, fit: str = 'none',
                color_of: ColorOf | None = None) -> Inputs:
    """Each label map that ``label``, a picture or directory, names, and its colour.

    ``palette``: the classes of the labels.

    ``color`` is a picture, ``#rrggbb`` and so on, a directory of pictures named like the label maps, or empty: then
    each label map gets a hair colour drawn by ``seed``. ``fit``: of pictures that are not square, one of ``FITS``.
    ``color_of``: makes the colour maps, if not ``read_color``.
    Raises DataError naming what is missing or wrong; in a directory of label maps, if that is so of all of them.
    """
    if isinstance(label, str) and not label:
        example = 'examples/seg.png is one' if palette == FIVE else f'its colours are {palette.text()}'
        raise DataError(f'--label is missing: name a label map ({example}) or a directory of them')
    labels = list_labels(label) if isinstance(label, str | os.PathLike) else [label]
    read, faults, noted = [], [], {}
    unnamed = (lambda random: random_hair_color(random)[1]) if color_of is None else (lambda random: '')
    make: ColorOf = color_of or (lambda given, its_label: read_color(given, its_label, image_size, palette, fit))
    for value, its_color in zip(labels, _colors(labels, color, np.random.default_rng(seed), unnamed)):
        try:
            found = read_label(value, image_size, palette, fit)
            noted[found.source] = found.notes
            if its_color is None:
                raise DataError(f'--color {color}: no image for the label map {value.name}')
            name = value.stem if isinstance(value, Path) else 'label'
            read.append(Painted(name, found.label, make(its_color, found.label), found.window))
        except DataError as error:
            faults += str(error).splitlines()
    if not read:
        raise_faults(list(dict.fromkeys(faults)))
    warn(noted, len(labels))
    return Inputs(read, faults)


def _colors(labels: list, color: Any, random: np.random.Generator, unnamed: Callable) -> list:
    """A colour for each label map, ``unnamed(random)`` where none is given; None where a directory has none."""
    if color is None or (isinstance(color, str) and not color):
        return [unnamed(random) for _ in labels]
    if isinstance(color, str | os.PathLike) and Path(color).is_dir():
        by_stem = {plain(path.stem): path for path in list_images(color)}
        if not all(isinstance(label, Path) for label in labels):
            raise DataError(f'--color {color}: a directory goes with a directory of label maps; name one picture')
        return [by_stem.get(plain(path.stem)) for path in labels]
    # A colour is read once, so that one that is none is no fault of each label map.
    try:
        return [color if is_picture(color) else parse_color(color)] * len(labels)
    except DataError as error:
        raise DataError(f'--color {error}') from None
