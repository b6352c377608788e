"""Pictures and the attributes each of them has: from a table, or from the SUN attribute database."""
import difflib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spade_anime.conditions.attributes.reading import OBJECT, read_attributes
from spade_anime.conditions.attributes.sun import read_sun
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.metadata import LONGEST_NAME, metadata_file, pictures_of, read_metadata, usable_name
from spade_anime.data.tables import Row, check_once, read_rows
from spade_anime.fields import shown

ALL = 'all'
"""Stands for every attribute in turn, so that none may be called so."""


def open_attributes(directory: str | os.PathLike, table: str | os.PathLike,
                    image_size: int) -> tuple[tuple[str, ...], DescribedImages]:
    """Attribute names, and samples ``(image, vector)`` whose vector (n,) float32 in {0, 1} follows them.

    Args:
        directory: where the pictures lie.
        table: '' for the directory's metadata; another table, as ``read_rows`` reads it; or, a directory or a .mat
            file in it, the SUN attribute database.
        image_size: of the samples, in pixels.

    Raises:
        DataError: one line of what is wrong with the table, where in it, and what is allowed.
    """
    directory = Path(directory)
    source = Path(table) if table else metadata_file(directory)
    if table and (source.is_dir() or source.suffix.lower() == '.mat'):
        names, rows, vectors = read_sun(source)
    else:
        rows = read_rows(source) if table else _of_metadata(directory, source)
        names, vectors = read_attributes(rows, source)
    _check_names(names, source)
    if table:
        check_once([row.name for row in rows], 'picture', source)
    samples = [Described(path, vector) for path, vector in zip(pictures_of(rows, directory), vectors)]
    keys = [row.name for row in rows] if table else [sample.image.name for sample in samples]
    return names, DescribedImages(samples, image_size, keys, [_told(names, vectors, rows[0], source)])


def selected(dataset: DescribedImages, names: tuple[str, ...], wanted: tuple[str, ...]) -> DescribedImages:
    """The same pictures, their vectors reduced to the attributes ``wanted``, in that order.

    Raises:
        DataError: an attribute that the data set does not have, or one wanted twice.
    """
    check_once(wanted, 'attribute', '--attribute_names')
    try:
        columns = [_index(name, names) for name in wanted]
    except DataError as error:
        raise DataError(f'--attribute_names {error}') from None
    samples = [Described(sample.image, sample.vector[columns]) for sample in dataset.samples]
    return DescribedImages(samples, dataset.image_size, dataset.names, dataset.notes)


class AttributeVectors:
    """The vectors of a data set without its pictures, to be split as it is."""

    def __init__(self, dataset: DescribedImages):
        self.samples, self.names = dataset.samples, dataset.names

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, i: int) -> np.ndarray:
        return self.samples[i].vector


def chosen(text: str, names: tuple[str, ...]) -> np.ndarray:
    """Vector (n,) float32 with 1 for each attribute of a list separated by commas; '' names none.

    Raises:
        DataError: an unknown attribute; the line has the one nearest to it, and all there are.
    """
    vector = np.zeros(len(names), np.float32)
    for word in filter(None, (part.strip() for part in text.split(','))):
        vector[_index(word, names)] = 1
    return vector


def switched_on(vector: np.ndarray, names: tuple[str, ...]) -> str:
    """Names of the attributes that a vector has, separated by commas."""
    return ', '.join(name for name, value in zip(names, vector) if value > 0.5)


class MirroredAttributes:
    """Vector of a mirrored picture: ``..._left`` and ``..._right`` trade places.

    One without its counterpart is inverted: whoever does not face left in the picture does in the mirror. An object
    and no closure, as worker processes have to be sent it.
    """

    SIDES = {'left': 'right', 'right': 'left'}

    def __init__(self, names: tuple[str, ...]):
        self.sources = np.arange(len(names))
        self.inverted = np.zeros(len(names), bool)
        for i, name in enumerate(names):
            stem, _, side = name.rpartition('_')
            if side in self.SIDES:
                other = f'{stem}_{self.SIDES[side]}' if stem else self.SIDES[side]
                if other in names:
                    self.sources[i] = names.index(other)
                else:
                    self.inverted[i] = True

    def __call__(self, vector: np.ndarray) -> np.ndarray:
        """Vector (n,) of the mirrored picture."""
        return np.where(self.inverted, 1 - vector, vector[self.sources]).astype(vector.dtype)


def _index(word: str, names: tuple[str, ...]) -> int:
    if word not in names:
        near = difflib.get_close_matches(word, names, 1, 0.5)
        allowed = f'did you mean {near[0]}? Allowed' if near else 'allowed'
        raise DataError(f'{word[:LONGEST_NAME]!r}: no such attribute; {allowed} are {", ".join(names)}')
    return names.index(word)


def _of_metadata(directory: Path, source: Path) -> list[Row]:
    return [Row(f'{source}, {row["file_name"]}', row['file_name'],
                {key: value for key, value in row.items() if key not in ('file_name', 'path')})
            for row in read_metadata(directory)]


def _told(names: Sequence[str], vectors: Sequence[np.ndarray], row: Row, source: Path) -> str:
    """How many pictures have each attribute, and which columns are none."""
    counts = ', '.join(f'{name} ({count:.0f})' for name, count in zip(names, np.sum(vectors, axis=0)))
    known = set(names)
    others = [] if OBJECT in row.values else [shown(name) for name in row.values if name not in known]
    none = f'; none are {", ".join(others)}' if others else ''
    return f'{len(names)} attribute{"s" * (len(names) > 1)} by {source.name}: {counts}{none}'


def _check_names(names: Sequence[str], source: object) -> None:
    """Refuse what ``--attributes`` could not name."""
    for name in names:
        if not name or ',' in name or name == ALL or name != name.strip() or not usable_name(name):
            raise DataError(f'{source}: an attribute may not be called {name[:LONGEST_NAME]!r}; allowed is a name of '
                            f'up to {LONGEST_NAME} characters, without commas and outer spaces, other than {ALL!r}')
    check_once(names, 'attribute', source)
