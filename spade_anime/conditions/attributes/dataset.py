"""Pictures and the attributes each of them has: from metadata.jsonl, a CSV file, or the SUN attribute database."""
import csv
import difflib
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from spade_anime.conditions.attributes.sun import read_sun
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.metadata import LONGEST_NAME, METADATA, picture_in, read_metadata, usable_name
from spade_anime.files import MAX_TEXT_BYTES, file_fault

ALL = 'all'
"""Stands for every attribute in turn, so that none may be called so."""
VALUES = {'1': 1, 'true': 1, '0': 0, 'false': 0, '-1': 0}
"""Cells of a CSV file; CelebA writes -1 for what is absent."""


def open_attributes(directory: str | os.PathLike, table: str | os.PathLike,
                    image_size: int) -> tuple[tuple[str, ...], DescribedImages]:
    """Attribute names, and samples ``(image, vector)`` whose vector (n,) float32 in {0, 1} follows them.

    Args:
        directory: where the pictures lie.
        table: '' for the objects ``attributes`` of the directory's metadata.jsonl; a CSV file; or, a directory or a
            .mat file in it, the SUN attribute database.
        image_size: of the samples, in pixels.

    Raises:
        DataError: one line of what is wrong with the table, where in it, and what is allowed.
    """
    directory = Path(directory)
    if not table:
        names, samples = _from_metadata(directory)
        keys = [sample.image.name for sample in samples]
    else:
        table = Path(table)
        read = read_sun if table.is_dir() or table.suffix.lower() == '.mat' else _read_csv
        names, rows = read(table)
        keys, samples = [], []
        for where, name, vector in rows:
            keys.append(name)
            samples.append(Described(_picture(directory, name, where), vector))
    _check_names(names, table or directory / METADATA)
    return names, DescribedImages(samples, image_size, keys)


def selected(dataset: DescribedImages, names: tuple[str, ...], wanted: tuple[str, ...]) -> DescribedImages:
    """The same pictures, their vectors reduced to the attributes ``wanted``, in that order.

    Raises:
        DataError: an attribute that the data set does not have, or one wanted twice.
    """
    _check_once(wanted, 'attribute', '--attribute_names')
    try:
        columns = [_index(name, names) for name in wanted]
    except DataError as error:
        raise DataError(f'--attribute_names {error}') from None
    samples = [Described(sample.image, sample.vector[columns]) for sample in dataset.samples]
    return DescribedImages(samples, dataset.image_size, dataset.names)


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


_Row: TypeAlias = tuple[str, str, np.ndarray]
"""Place, file name and vector of a row of a table."""


def _index(word: str, names: tuple[str, ...]) -> int:
    if word not in names:
        near = difflib.get_close_matches(word, names, 1, 0.5)
        suggestion = f'; did you mean {near[0]}?' if near else ';'
        raise DataError(f'{word[:LONGEST_NAME]!r}: no such attribute{suggestion} Allowed are {", ".join(names)}')
    return names.index(word)


def _from_metadata(directory: Path) -> tuple[tuple[str, ...], list[Described]]:
    names: tuple[str, ...] = ()
    samples = []
    for row in read_metadata(directory):
        where = f'{directory / METADATA}, {row["file_name"]}'
        attributes = row.get('attributes')
        if not isinstance(attributes, dict) or not attributes:
            raise DataError(f'{where}: no "attributes" in this row; allowed is an object like {{"glasses": true}}')
        for name, value in attributes.items():
            if not isinstance(value, bool):
                raise DataError(f'{where}: attribute {name!r} is {value!r}; allowed are true and false')
        names = names or tuple(attributes)
        if set(attributes) != set(names):
            differing = ', '.join(name if usable_name(name) else repr(name[:LONGEST_NAME])
                                  for name in sorted(set(attributes) ^ set(names)))
            raise DataError(f'{where}: its attributes are not those of the first row; they differ in {differing}')
        samples.append(Described(row['path'], _vector(attributes[name] for name in names)))
    return names, samples


def _read_csv(path: Path) -> tuple[tuple[str, ...], list[_Row]]:
    """Names, and ``(place, file name, vector)`` of every row."""
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise DataError(f'{path}: {fault}')
    try:
        with open(path, encoding='utf-8-sig', newline='') as file:
            reader = csv.reader(file, skipinitialspace=True, strict=True)
            header = [cell.strip() for cell in next(reader, [])]
            if len(header) < 2:
                raise DataError(f'{path}: no header; the first line has to name the columns, a file and its attributes')
            rows = [_csv_row(f'{path}, line {reader.line_num}', cells, header) for cells in reader if any(cells)]
    except FileNotFoundError:
        raise DataError(f'{path}: no such file') from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f'{path}: cannot be read as CSV ({error})') from None
    if not rows:
        raise DataError(f'{path}: a header, and no rows')
    _check_once([name for _, name, _ in rows], 'picture', path)
    return tuple(header[1:]), rows


def _csv_row(where: str, cells: list[str], header: list[str]) -> _Row:
    cells = [cell.strip() for cell in cells]
    if len(cells) != len(header):
        raise DataError(f'{where}: {len(cells)} cells; the header has {len(header)}')
    for name, cell in zip(header[1:], cells[1:]):
        if cell.lower() not in VALUES:
            raise DataError(f'{where}, column {name!r}: {cell!r}; allowed are {", ".join(VALUES)}')
    return where, cells[0], _vector(VALUES[cell.lower()] for cell in cells[1:])


def _vector(values: Iterable) -> np.ndarray:
    return np.fromiter(values, np.float32)


def _picture(directory: Path, name: str, where: str) -> Path:
    try:
        return picture_in(directory, name)
    except DataError as error:
        raise DataError(f'{where}: {error}') from None


def _check_names(names: Sequence[str], source: object) -> None:
    """Refuse what ``--attributes`` could not name."""
    for name in names:
        if not name or ',' in name or name == ALL or name != name.strip() or not usable_name(name):
            raise DataError(f'{source}: an attribute may not be called {name[:LONGEST_NAME]!r}; allowed is a name of '
                            f'up to {LONGEST_NAME} characters, without commas and outer spaces, other than {ALL!r}')
    _check_once(names, 'attribute', source)


def _check_once(names: Sequence[str], what: str, source: object) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f'{source}: {what} {twice[0]!r} is there more than once; allowed is once')
