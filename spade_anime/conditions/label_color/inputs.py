"""What a user paints from: label maps and hair colours, as flags name them."""
import os
from pathlib import Path
from typing import Any

import numpy as np

from spade_anime.conditions.label_color.reading import list_labels, read_color, read_label
from spade_anime.data.errors import DataError
from spade_anime.data.hair import random_hair_color
from spade_anime.data.images import list_images
from spade_anime.data.palette import FIVE, Palette


def read_inputs(label: Any, color: Any, image_size: int, seed: int,
                palette: Palette = FIVE) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """``(name, label (C, S, S), color (3, S, S))`` of each label map that ``label``, a picture or directory, names.

    ``palette``: the classes of the labels.

    ``color`` is a picture, ``#rrggbb`` and so on, a directory of pictures named like the label maps, or empty: then
    each label map gets a hair colour drawn by ``seed``. Raises DataError naming what is missing or wrong.
    """
    if isinstance(label, str) and not label:
        example = 'examples/seg.png is one' if palette == FIVE else f'its colours are {palette.text()}'
        raise DataError(f'--label is missing: name a label map ({example}) or a directory of them')
    labels = list_labels(label) if isinstance(label, str | os.PathLike) else [label]
    colors = _colors(labels, color, np.random.default_rng(seed))
    names = [value.stem if isinstance(value, Path) else 'label' for value in labels]
    maps = [read_label(value, image_size, palette) for value in labels]
    return [(name, found, read_color(value, found, image_size, palette))
            for name, found, value in zip(names, maps, colors)]


def _colors(labels: list, color: Any, random: np.random.Generator) -> list:
    if color is None or (isinstance(color, str) and not color):
        return [random_hair_color(random)[1] for _ in labels]
    if not isinstance(color, str | os.PathLike) or not Path(color).is_dir():
        return [color] * len(labels)
    by_stem = {path.stem: path for path in list_images(color)}
    if not all(isinstance(label, Path) for label in labels):
        raise DataError(f'--color {color}: a directory goes with a directory of label maps; name one picture')
    missing = [path.name for path in labels if path.stem not in by_stem]
    if missing:
        raise DataError(f'--color {color}: no image for the label maps {", ".join(missing)}')
    return [by_stem[path.stem] for path in labels]
