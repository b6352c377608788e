"""Where the samples of a data set lie, and reading one of them."""
import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable
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
from spade_anime.data.palette import Palette

PARTS = 'image', 'label', 'color'


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


class Decoded(NamedTuple):
    """One sample: image (3, S, S) in [0, 1]; label (C, S, S) in {0, 1}; colour (3, S, S) in [0, 1], zero outside the
    hair; and the share of the label's pixels that were strays."""

    image: np.ndarray
    label: np.ndarray
    color: np.ndarray
    stray: float


def read_sample(sample: Sample, size: int, palette: Palette) -> Decoded:
    """Decode one sample, images of ``size`` px and a label of the classes of ``palette``.

    Raises DataError: one line for each file that cannot be used.
    """
    return _read_strip(sample.image, size, palette) if sample.label is None else _read_files(sample, size, palette)


def _read_strip(path: Path, size: int, palette: Palette) -> Decoded:
    """A sample whose panels stand side by side in one file."""
    panels = dict(zip(PARTS, split_strip(open_picture(path), path)))
    return _decoded(panels, lambda part: (panels[part], path), size, palette)


def _read_files(sample: Sample, size: int, palette: Palette) -> Decoded:
    """A sample of two or three files."""
    files = {part: path for part, path in zip(PARTS, sample[1:]) if path is not None}
    return _decoded(files, lambda part: open_square(files[part], part), size, palette)


def _decoded(parts: Iterable[str], picture_of: Callable, size: int, palette: Palette) -> Decoded:
    """From the picture of each part and what messages call it, both by ``picture_of(part)``."""
    faults: list[str] = []

    def read(part: str, reader: Callable) -> Any:
        try:
            return reader(*picture_of(part), size)
        except DataError as error:
            faults.append(str(error))
            return None

    image, classes = read('image', image_from), read('label', functools.partial(classes_from, palette=palette))
    color = read('color', color_from) if 'color' in parts else None
    if faults:
        raise DataError('\n'.join(faults))
    label = palette.one_hot(classes[0])
    hair = palette.hair_in(label)
    color = mean_hair_color(image, hair) if color is None else color
    return Decoded(image, label, color * hair, classes[1])


def mean_hair_color(image: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """Return the mean colour (3, 1, 1) of an image's hair pixels, zeros where it has none.

    Args:
        image: (3, H, W) in [0, 1].
        hair: where they are, (H, W) in {0, 1}.
    """
    total = (image * hair).sum(axis=(1, 2), keepdims=True)
    return (total / max(hair.sum(), 1)).astype(np.float32)
