"""What a user paints from: label maps and hair colours, as flags name them."""
from pathlib import Path

import numpy as np

from spade_anime.conditions.label_color.reading import list_labels, read_color, read_label
from spade_anime.data.errors import DataError
from spade_anime.data.hair import random_hair_color
from spade_anime.data.images import list_images


def read_inputs(label: str, color: str, image_size: int, seed: int) -> list:
    """``(name, label (4, S, S), color (3, S, S))`` of each label map that ``label``, a file or directory, names.

    ``color`` is an image, ``#rrggbb``, a directory of images named like the label maps, or empty: then each label
    map gets a hair colour drawn by ``seed``. Raises DataError naming what is missing or wrong.
    """
    if not label:
        raise DataError('--label is missing: name a label map (examples/seg.png is one) or a directory of them')
    paths = list_labels(label)
    colors = _colors(paths, color, np.random.default_rng(seed))
    maps = [read_label(path, image_size) for path in paths]
    return [(path.stem, found, read_color(value, found, image_size)) for path, found, value in zip(paths, maps, colors)]


def _colors(labels, color, random):
    if not color:
        return [random_hair_color(random)[1] for _ in labels]
    if not Path(color).is_dir():
        return [color] * len(labels)
    by_stem = {path.stem: path for path in list_images(color)}
    missing = [path.name for path in labels if path.stem not in by_stem]
    if missing:
        raise DataError(f'--color {color}: no image for the label maps {", ".join(missing)}')
    return [by_stem[path.stem] for path in labels]
