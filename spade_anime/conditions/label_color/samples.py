"""Reading a sample of a data set."""
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from spade_anime.conditions.label_color.labels import classes_from
from spade_anime.conditions.label_color.layout import PARTS, Sample
from spade_anime.conditions.label_color.strips import IMAGE_FIRST, LABEL_FIRST, split_strip
from spade_anime.data.errors import DataError
from spade_anime.data.images import color_from, image_from, open_picture
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import Palette
from spade_anime.data.profiles import conversion
from spade_anime.data.squares import Squared, cut_padding, open_square, same_shape

TURNED = Note('the label of the strip is its first square, and the image its second')


class Decoded(NamedTuple):
    """One sample: image (3, S, S) in [0, 1]; label (C, S, S) in {0, 1}; colour (3, S, S) in [0, 1], zero outside the
    hair."""

    image: np.ndarray
    label: np.ndarray
    color: np.ndarray


class Parts(NamedTuple):
    """The pictures of one sample at one size: image (3, S, S) in [0, 1]; positions of classes uint8 (S, S); colour
    (3, S, S) in [0, 1], or None where there is no picture of it; and what was repaired in reading them.
    """

    image: np.ndarray
    classes: np.ndarray
    color: np.ndarray | None
    notes: tuple[Note, ...]


def read_sample(sample: Sample, size: int, palette: Palette, fit: str = 'none') -> Decoded:
    """Decode one sample for a training, as ``read_parts``."""
    parts = read_parts(sample, size, palette, fit)
    label = palette.one_hot(parts.classes)
    hair = palette.hair_in(label)
    color = mean_hair_color(parts.image, hair) if parts.color is None else parts.color
    return Decoded(parts.image, label, color * hair)


def read_parts(sample: Sample, size: int, palette: Palette, fit: str = 'none', fill: bool = True) -> Parts:
    """Decode the pictures of one sample, scaled to ``size`` px, its label by the classes of ``palette``.

    ``fit``: what is done with files that are not square, one of ``FITS``; those of a strip always are. ``fill``: of the
    colour map, as ``color_from`` takes it. A strip whose label is found in the first square alone begins with it.

    Raises DataError: one line for each file that cannot be used.
    """
    if sample.label is not None:
        faults: list[str] = []
        return _read(_files(sample, fit, faults), size, palette, fill, faults)
    squares, notes = split_strip(open_picture(sample.image), sample.image)
    try:
        parts = _read(dict(zip(IMAGE_FIRST, squares)), size, palette, fill, [])
    except DataError as fault:
        try:
            parts = _read(dict(zip(LABEL_FIRST, squares)), size, palette, fill, [])
        except DataError:
            raise DataError(f'{fault}; the label of a strip is its second square, or its first') from None
        notes = (*notes, TURNED)
    return parts._replace(notes=(*notes, *parts.notes))


def _read(squares: dict[str, Squared], size: int, palette: Palette, fill: bool, faults: list[str]) -> Parts:
    """Decode the squares of a sample. Raises DataError with the ``faults`` there are already, and new ones."""
    def read(part: str, reader: Callable) -> Any:
        try:
            return reader(squares[part].picture, squares[part].source, size) if part in squares else None
        except DataError as error:
            faults.append(str(error))
            return None

    image, color = read('image', image_from), read('color', functools.partial(color_from, fill=fill))
    classes = read('label', functools.partial(classes_from, palette=palette))
    if faults:
        raise DataError('\n'.join(faults))
    window = squares['label'].window(size)
    faulty = (part for part in ('image', 'color') if part in squares and conversion(squares[part].picture).fault)
    unusable = (Note(f'a colour profile embedded in the {part} is unusable and ignored') for part in faulty)
    return Parts(image, cut_padding(classes[0], window, palette.background), color, (*classes[1], *unusable))


def _files(sample: Sample, fit: str, faults: list[str]) -> dict[str, Squared]:
    """Parts of a sample of two or three files, which have one shape; what is wrong goes to ``faults``."""
    squares: dict[str, Squared] = {}
    for part, path in zip(PARTS, sample[1:]):
        if path is not None:
            try:
                squares[part] = open_square(path, part, fit)
            except DataError as error:
                faults.append(str(error))
    first = next(iter(squares.values()), None)
    faults += [f'{square.source}: {" x ".join(map(str, square.size))}, of another shape than {first.source} '
               f'({" x ".join(map(str, first.size))}); allowed is one shape, of any size'
               for square in squares.values() if first and not same_shape(first, square)]
    return squares


def mean_hair_color(image: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """Return the mean colour (3, 1, 1) of an image's hair pixels, zeros where it has none.

    Args:
        image: (3, H, W) in [0, 1].
        hair: where they are, (H, W) in {0, 1}.
    """
    total = (image * hair).sum(axis=(1, 2), keepdims=True)
    return (total / max(hair.sum(), 1)).astype(np.float32)
