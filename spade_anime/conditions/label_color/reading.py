"""Conditions to paint from: a label picture, and a hair colour in any form."""
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from spade_anime.conditions.label_color.labels import classes_from
from spade_anime.conditions.label_color.samples import open_square
from spade_anime.data.errors import DataError
from spade_anime.data.hair import parse_color
from spade_anime.data.images import color_from, list_images
from spade_anime.data.palette import FIVE, Palette


def list_labels(path: str | os.PathLike) -> list[Path]:
    """Return the label files meant by a path: the file itself, or the picture files of a directory by name.

    Raises:
        DataError: a directory without pictures. A file is only checked when it is read.
    """
    path = Path(path)
    if not path.is_dir():
        return [path]
    files = list_images(path)
    if not files:
        raise DataError(f'{path}: no pictures in this directory')
    return files


def read_label(value: object, image_size: int, palette: Palette = FIVE) -> np.ndarray:
    """Read a square label picture as (channels, image_size, image_size), float32 in {0, 1}.

    ``value``: as ``as_picture`` takes it. ``palette``: its classes. Raises DataError.
    """
    return palette.one_hot(classes_from(*open_square(value, 'label'), image_size, palette)[0])


def read_color(value: Any, label: np.ndarray, image_size: int, palette: Palette = FIVE) -> np.ndarray:
    """Make a colour map (3, image_size, image_size), float32 in [0, 1], zero outside the label's hair.

    Args:
        value: a square picture as ``as_picture`` takes it, or a colour as ``parse_color`` takes it.
        label: (channels, image_size, image_size).
        image_size: in pixels.
        palette: the classes of the label.

    Raises:
        DataError: no such colour or file, or the file cannot be read.
    """
    if is_picture(value):
        color = color_from(*open_square(value, 'colour map'), image_size)
    else:
        color = np.array(parse_color(value), dtype=np.float32)[:, None, None] / 255
    return (color * palette.hair_in(label)).astype(np.float32)


def is_picture(value: Any) -> bool:
    """Tell a picture from a colour; an existing file is a file, whatever its name, and so is what looks like one."""
    if isinstance(value, str):
        return os.path.isfile(value) or bool(re.search(r'[/\\]|\.[A-Za-z]\w*$', value))
    if isinstance(value, os.PathLike):
        return True
    return isinstance(value, Image.Image) or np.ndim(value) > 1
