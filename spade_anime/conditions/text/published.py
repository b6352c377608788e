"""The published captions of birds (CUB) and flowers (Oxford-102), embedded by a char-CNN-RNN (Reed et al. 2016)."""
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from spade_anime.conditions.text.captions import Captioned, CaptionedPictures, checked_text
from spade_anime.data.errors import DataError
from spade_anime.data.images import confined
from spade_anime.data.metadata import LONGEST_NAME, picture_in
from spade_anime.data.safe_pickle import load_pickle
from spade_anime.files import MAX_TEXT_BYTES, file_fault, leads_out, plain_text

EMBEDDINGS, FILENAMES, CLASSES = 'char-CNN-RNN-embeddings.pickle', 'filenames.pickle', 'class_info.pickle'
PICTURE_FOLDERS = 'images', 'CUB_200_2011/images', '.', 'jpg'
TEXT_FOLDERS = 'text_c10', 'text'


def find_embeddings(directory: str | os.PathLike, embeddings_dir: str = '') -> Path | None:
    """Where the published pickles lie: ``embeddings_dir``, the directory, or its folder train; None: nowhere.

    Raises DataError where ``embeddings_dir`` is given and has none.
    """
    if embeddings_dir:
        if not (Path(embeddings_dir) / EMBEDDINGS).is_file():
            raise DataError(f'--embeddings_dir {embeddings_dir}: no {EMBEDDINGS} there')
        return Path(embeddings_dir)
    places = Path(directory), Path(directory) / 'train'
    return next((place for place in places if (place / EMBEDDINGS).is_file()), None)


def read_published(directory: str | os.PathLike, embeddings: Path) -> CaptionedPictures:
    """Pictures of a directory, or the one above it, with the embeddings of their captions.

    The texts are read from text_c10/ where that lies there; else a caption is called by its picture and number.

    Raises:
        DataError: one line of what is wrong with which file.
    """
    confined([embeddings / name for name in (FILENAMES, EMBEDDINGS, CLASSES)], embeddings)
    names = _names(embeddings / FILENAMES)
    vectors: Any = load_pickle(embeddings / EMBEDDINGS)
    _check_embeddings(embeddings / EMBEDDINGS, vectors, len(names))
    groups = _classes(embeddings / CLASSES, names)
    bases = Path(directory), Path(directory).resolve().parent
    folder, texts = _picture_folder(bases, names[0]), [base / name for base in bases for name in TEXT_FOLDERS]
    return CaptionedPictures(
        Captioned(_picture(folder, name), name, _captions(texts, name, len(array)), group, array)
        for name, group, array in zip(names, groups, vectors))


def _names(path: Path) -> list[str]:
    names: Any = load_pickle(path)
    if type(names) is not list or not names or not all(type(name) is str and name for name in names):
        raise DataError(f'{path}: no list of file names')
    if len(set(names)) < len(names):
        raise DataError(f'{path}: {len(names) - len(set(names))} names are there more than once; allowed is once')
    return names


def _classes(path: Path, names: list[str]) -> list:
    """A class each; where there is no such file, every picture is its own."""
    if not path.exists():
        return names
    classes: Any = load_pickle(path)
    count = len(classes) if isinstance(classes, list | np.ndarray) and np.ndim(classes) == 1 else 0
    if count != len(names) or not all(isinstance(value, int | np.integer) for value in classes):
        raise DataError(f'{path}: not a list of {len(names)} whole numbers, a class for each of {FILENAMES}')
    return [int(value) for value in classes]


def _check_embeddings(path: Path, vectors: Any, count: int) -> None:
    if not isinstance(vectors, list) or len(vectors) != count:
        found = f'a list of {len(vectors)}' if isinstance(vectors, list) else type(vectors).__name__
        raise DataError(f'{path}: {found}; allowed is a list of {count} arrays, one for each of {FILENAMES}')
    for i, array in enumerate(vectors):
        if not isinstance(array, np.ndarray) or array.ndim != 2 or not array.size or array.dtype.kind != 'f':
            found = f'{array.shape} {array.dtype}' if isinstance(array, np.ndarray) else type(array).__name__
            raise DataError(f'{path}: entry {i} is {found}; allowed are arrays (captions, n) of floating-point numbers')
        if array.shape[1] != vectors[0].shape[1]:
            raise DataError(f'{path}: entry {i} has {array.shape[1]} numbers a caption, the first '
                            f'{vectors[0].shape[1]}; allowed is one number for all')
        if not np.isfinite(array).all():
            raise DataError(f'{path}: entry {i} has values that are no finite numbers')


def _picture_folder(bases: Iterable[Path], name: str) -> Path:
    folders = [base / folder for base in bases for folder in PICTURE_FOLDERS]
    for folder in folders:
        if _found(folder, name):
            return folder
    places = ', '.join(map(str, folders[:4]))
    raise DataError(f'{folders[0].parent}: no picture {_shown(name)}; looked for in {places} and beside it')


def _picture(folder: Path, name: str) -> Path:
    path = _found(folder, name)
    if path is None:
        raise DataError(f'{folder}: no picture {_shown(name)}, which {FILENAMES} names')
    return path


def _shown(name: str) -> str:
    return f'{name}.jpg' if plain_text(name) and len(name) <= LONGEST_NAME else repr(name[:LONGEST_NAME])


def _found(folder: Path, name: str) -> Path | None:
    """The picture called so; names are given with or without extension."""
    try:
        return picture_in(folder, name)
    except DataError:
        return None


def _captions(folders: Iterable[Path], name: str, count: int) -> tuple[str, ...]:
    for folder in folders:
        path = folder / f'{name}.txt'
        if path.is_file() and not leads_out(path, folder.parent) and not file_fault(path, MAX_TEXT_BYTES):
            lines = path.read_text(encoding='utf-8', errors='replace').splitlines()
            if len(lines) >= count and all(line.strip() for line in lines[:count]):
                return tuple(checked_text(line, str(path)) for line in lines[:count])
    return tuple(f'{name} {number}' for number in range(1, count + 1))
