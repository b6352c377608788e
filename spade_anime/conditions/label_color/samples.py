"""Where the samples of a data set lie, and reading one of them."""
import os
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from spade_anime.conditions.label_color.labels import classes_from
from spade_anime.data.errors import DataError
from spade_anime.data.images import (
    EXTENSIONS,
    as_picture,
    check_square,
    color_from,
    confined,
    image_from,
    list_images,
    open_picture,
    split_strip,
)
from spade_anime.data.palette import HAIR, one_hot

_READERS = {'image': image_from, 'label': classes_from, 'color': color_from}
PARTS = tuple(_READERS)


class Sample(NamedTuple):
    """The files of one sample; a strip has ``image`` alone."""

    name: str
    image: Path
    label: Path | None = None
    color: Path | None = None


def list_samples(directory: str | os.PathLike) -> tuple[list[Sample], list[str]]:
    """List the samples of a directory, sorted by name, and what is wrong with the rest, one line each.

    Raises:
        DataError: no such directory, or nothing in it that could be a sample.
    """
    directory = Path(directory)
    strips = list_images(directory)
    if (directory / 'image').is_dir() or (directory / 'label').is_dir():
        confined([directory / part for part in PARTS], directory)
        return _list_folders(directory, PARTS if (directory / 'color').is_dir() else PARTS[:2])
    if not strips:
        raise DataError(f'{directory}: no samples; expected strips image | label | color '
                        f'({" ".join(EXTENSIONS)}) or the folders image, label and perhaps color')
    return [Sample(path.name, path) for path in strips], []


def _list_folders(directory: Path, parts: tuple[str, ...]) -> tuple[list[Sample], list[str]]:
    samples: list[Sample] = []
    problems: list[str] = []
    files = {part: _by_stem(directory / part, problems) for part in parts}
    stems = sorted(set().union(*files.values()))
    if not stems:
        raise DataError(f'{directory}: no pictures in the folders {", ".join(parts)}')
    for stem in stems:
        missing = [part for part in parts if stem not in files[part]]
        found = next(files[part][stem] for part in parts if stem in files[part])
        problems += [f'{found}: no counterpart {directory / part / stem}.*' for part in missing]
        if not missing:
            samples.append(Sample(stem, *(files[part][stem] for part in parts)))
    return samples, problems


def _by_stem(directory: Path, problems: list[str]) -> dict[str, Path]:
    files = list_images(directory)
    counts = Counter(path.stem for path in files)
    problems += [f'{directory / stem}.*: {count} files of this name, one is allowed'
                 for stem, count in counts.items() if count > 1]
    return {path.stem: path for path in files}


def open_square(value: object, what: str) -> tuple[Image.Image, object]:
    """A picture that has to be square, and what messages call it, as ``as_picture`` gives them. Raises DataError."""
    picture, source = as_picture(value, what)
    check_square(picture, source, what)
    return picture, source


def read_sample(sample: Sample, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Decode one sample.

    Returns:
        image (3, size, size) in [0, 1]; label (4, size, size) in {0, 1}; color (3, size, size) in [0, 1],
        zero outside the hair; and the share of the label's pixels that were strays.

    Raises:
        DataError: one line for each file of the sample that cannot be used.
    """
    files = {part: path for part, path in zip(PARTS, sample[1:]) if path is not None}
    strip = None
    if sample.label is None:
        strip = dict(zip(PARTS, split_strip(open_picture(sample.image), sample.image)))
    values: dict[str, Any] = {}
    faults = []
    for part in strip or files:
        source = sample.image if strip else files[part]
        try:
            picture = strip[part] if strip else open_square(source, part)[0]
            values[part] = _READERS[part](picture, source, size)
        except DataError as error:
            faults.append(str(error))
    if faults:
        raise DataError('\n'.join(faults))
    classes, stray = values['label']
    image, label = values['image'], one_hot(classes)
    color = values.get('color')
    if color is None:
        color = mean_hair_color(image, label)
    return image, label, color * label[HAIR], stray


def mean_hair_color(image: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the mean colour (3, 1, 1) of an image's hair pixels, zeros where it has none.

    Args:
        image: (3, H, W) in [0, 1].
        label: (4, H, W) in {0, 1}.
    """
    total = (image * label[HAIR]).sum(axis=(1, 2), keepdims=True)
    return (total / max(label[HAIR].sum(), 1)).astype(np.float32)
