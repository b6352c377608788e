"""Conditions to paint from: a label picture, and a hair colour in any form."""
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from spade_anime.conditions.label_color.labels import classes_from
from spade_anime.data.errors import DataError
from spade_anime.data.hair import parse_color
from spade_anime.data.images import color_from, list_images, pixels, planes
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import FIVE, Palette
from spade_anime.data.squares import Window, cut_padding, open_square
from spade_anime.files import on_disk


class ReadLabel(NamedTuple):
    """A label (C, S, S) in {0, 1}; where in it the picture is, None where nothing is padding; what messages call it;
    and what was repaired in reading it."""

    label: np.ndarray
    window: Window | None
    source: object
    notes: tuple[Note, ...]


def list_labels(path: str | os.PathLike) -> list[Path]:
    """Return the label files meant by a path: the file itself, or the picture files of a directory by name.

    Raises:
        DataError: a directory without pictures. A file is only checked when it is read.
    """
    path = on_disk(path)
    if not path.is_dir():
        return [path]
    files = list_images(path)
    if not files:
        raise DataError(f'{path}: no pictures in this directory')
    return files


def read_label(value: object, image_size: int, palette: Palette = FIVE, fit: str = 'none') -> ReadLabel:
    """Read a label picture as (channels, image_size, image_size), float32 in {0, 1}.

    Args:
        value: as ``as_picture`` takes it.
        image_size: in pixels.
        palette: its classes.
        fit: what is done with one that is not square, one of ``FITS``; padding is background.

    Raises DataError.
    """
    square = open_square(value, 'label', fit)
    window = square.window(image_size)
    classes, notes = classes_from(square.picture, square.source, image_size, palette)
    return ReadLabel(palette.one_hot(cut_padding(classes, window, palette.background)), window, square.source, notes)


def read_color(value: Any, label: np.ndarray, image_size: int, palette: Palette = FIVE,
               fit: str = 'none') -> np.ndarray:
    """Make a colour map (3, image_size, image_size), float32 in [0, 1], zero outside the label's hair.

    Args:
        value: a picture as ``as_picture`` takes it, or a colour as ``parse_color`` takes it.
        label: (channels, image_size, image_size).
        image_size: in pixels.
        palette: the classes of the label.
        fit: what is done with a picture that is not square, one of ``FITS``.

    Raises:
        DataError: no such colour or file, or the file cannot be read.
    """
    if is_picture(value):
        color = color_map_of(value, image_size, fit)
    else:
        color = np.array(parse_color(value), dtype=np.float32)[:, None, None] / 255
    return (color * palette.hair_in(label)).astype(np.float32)


def color_map_of(value: object, image_size: int, fit: str) -> np.ndarray:
    """A picture as (3, image_size, image_size), as ``color_from``; ``fit``, as in ``read_color``. Raises DataError."""
    square = open_square(value, 'colour map', fit)
    return color_from(square.picture, square.source, image_size)


def layer_of(value: object, image_size: int, fit: str) -> np.ndarray | None:
    """A picture as a layer (4, image_size, image_size), float32 in [0, 1], whose last channel says how much it covers.

    None where nothing is transparent. Raises DataError.
    """
    rgb, alpha = pixels(open_square(value, 'colour map', fit).picture)
    if alpha is None or alpha.min() == 255:
        return None
    cover = alpha[:, :, None].astype(np.float32) / 255
    # What is transparent has no colour that could be mixed in.
    faded, share = planes(rgb * cover, image_size), planes(255 * cover, image_size)
    return np.concatenate((faded / np.maximum(share, 1e-6), share))


def is_picture(value: Any) -> bool:
    """Tell a picture from a colour; an existing file is a file, whatever its name, and so is what looks like one."""
    if isinstance(value, str):
        return os.path.isfile(value) or bool(re.search(r'[/\\]|\.[A-Za-z]\w*$', value))
    if isinstance(value, os.PathLike):
        return True
    return isinstance(value, Image.Image) or np.ndim(value) > 1
