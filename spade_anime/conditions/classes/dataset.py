"""Images of which each has one class: told by its metadata, by the folder it lies in, or by IDX files."""
import os
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spade_anime.conditions.classes.idx import IdxFiles, find_idx
from spade_anime.data.checking import check_dataset
from spade_anime.data.classes import class_vector, metadata_classes
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.images import EXTENSIONS, confined, entries, list_images, visible
from spade_anime.data.metadata import METADATA, metadata_file
from spade_anime.data.splitting import split

MAX_CLASSES = 1000


class ClassPictures(NamedTuple):
    """Picture files of a directory and the class of each; ``source``: what tells the class."""

    directory: Path
    source: str
    pairs: list[tuple[Path, str]]

    @property
    def labels(self) -> list[str]:
        """Class of each picture."""
        return [name for _, name in self.pairs]

    def open(self, image_size: int, vectors: dict[str, np.ndarray], seed: int, workers: int | None) -> tuple:
        """Training and validation part, after every picture has been read once. Raises DataError."""
        dataset = DescribedImages([Described(path, vectors[name]) for path, name in self.pairs], image_size,
                                  [path.relative_to(self.directory).as_posix() for path, _ in self.pairs])
        check_dataset(dataset, workers=workers)
        return split(dataset, seed=seed)


def find_classes(directory: str | os.PathLike, label_key: str = '') -> ClassPictures | IdxFiles:
    """What tells the classes in a directory: metadata, IDX files, or a folder of pictures a class.

    Args:
        directory: of the data set.
        label_key: key in the metadata whose value, a string, number or boolean, is the class.

    Raises:
        DataError: none of them, or a key that the metadata lack.
    """
    directory = Path(directory)
    source = metadata_file(directory)
    if label_key or source.exists():
        return ClassPictures(directory, f'{label_key} in {source.name}', metadata_classes(directory, label_key))
    return find_idx(directory) or ClassPictures(directory, 'folder', folder_classes(directory))


def class_counts(found: ClassPictures | IdxFiles) -> dict[str, int]:
    """How many pictures each class has, in natural order. Raises DataError where there are too many classes."""
    counts = Counter(found.labels)
    if len(counts) > MAX_CLASSES:
        raise DataError(f'{found.directory}: {len(counts)} classes by {found.source}; {MAX_CLASSES} are allowed')
    return {name: counts[name] for name in sorted(counts, key=_natural)}


def open_classes(found: ClassPictures | IdxFiles, image_size: int, class_names: tuple[str, ...], seed: int = 0,
                 workers: int | None = None) -> tuple:
    """Training and validation samples ``(image, vector)``, the vector (n,) float32 one-hot by ``class_names``.

    image (3, S, S) float32 in [-1, 1]; grey and palette pictures become RGB. IDX files bring their own test part,
    which is for validation; else a part of the samples is set aside.

    Raises:
        DataError: a class that ``class_names`` lacks, or faults of single files.
    """
    if unknown := sorted(set(found.labels) - set(class_names)):
        raise DataError(f'{found.directory}: classes {", ".join(unknown)} by {found.source}; allowed are '
                        f'{", ".join(class_names)}')
    return found.open(image_size, {name: class_vector(name, class_names) for name in class_names}, seed, workers)


def folder_classes(directory: Path) -> list[tuple[Path, str]]:
    """Each picture below a folder of the directory, at any depth, and the folder's name; hidden ones are left out.

    Raises DataError where there is none.
    """
    pairs = []
    folders = [path for path in entries(directory) if path.is_dir() and visible(path.name)]
    for folder in confined(folders, directory):
        pairs += [(path, folder.name) for path in list_images(folder, deep=True, within=directory)]
    if not pairs:
        raise DataError(f'{directory}: no classes found; expected {METADATA[0]} (with --label_key), a folder of '
                        f'pictures for each class ({" ".join(EXTENSIONS)}), or IDX files (train-images-idx3-ubyte and '
                        'train-labels-idx1-ubyte, plain or .gz)')
    return pairs


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts 2 before 10."""
    return [(0, int(part), '') if part.isdecimal() else (1, 0, part) for part in re.split(r'(\d+)', name)]
