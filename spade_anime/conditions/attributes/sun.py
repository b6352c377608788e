"""The SUN attribute database (Patterson & Hays 2012): 14,340 scenes, 102 attributes that people voted on."""
import math
from pathlib import Path
from typing import Any

import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.data.images import confined
from spade_anime.data.tables import Row
from spade_anime.files import one_line

IMAGES, ATTRIBUTES, LABELS = 'images.mat', 'attributes.mat', 'attributeLabels_continuous.mat'
MAX_VALUES = 10_000_000
"""The published votes are 1.5 million."""

THRESHOLD = 0.5
"""An image has an attribute if at least this share of the votes says so."""


def read_sun(table: Path) -> tuple[tuple[str, ...], list[Row], list[np.ndarray]]:
    """Attribute names, and for each image its row, without columns, and its vector (n,) float32 in {0, 1}.

    Args:
        table: directory that holds ``images.mat`` (``images``, a cell of paths), ``attributes.mat`` (``attributes``, a
            cell of names) and ``attributeLabels_continuous.mat`` (``labels_cv``, images x attributes, votes
            averaged), or one of these files.

    Raises:
        DataError: SciPy is missing; or a file is, or is not of that layout.
    """
    directory = table if table.is_dir() else table.parent
    paths = _words(directory / IMAGES, 'images')
    names = tuple(_words(directory / ATTRIBUTES, 'attributes'))
    votes = _load(directory / LABELS, 'labels_cv')
    source = directory / LABELS
    if votes.shape != (len(paths), len(names)) or votes.dtype.kind not in 'biuf':
        raise DataError(f'{source}: labels_cv is {votes.shape} of {votes.dtype}; allowed is a number for each of the '
                        f'{len(paths)} images and {len(names)} attributes')
    if not ((votes >= 0) & (votes <= 1)).all():
        raise DataError(f'{source}: labels_cv goes from {votes.min()} to {votes.max()}; allowed are shares from 0 to 1')
    rows = [Row(f'{directory / IMAGES}, image {i}', path, {}) for i, path in enumerate(paths, 1)]
    return names, rows, list((votes >= THRESHOLD).astype(np.float32))


def _words(path: Path, key: str) -> list[str]:
    """Texts of a cell (n, 1) or (1, n)."""
    cells = _load(path, key).ravel()
    texts = [cell for cell in cells if isinstance(cell, np.ndarray) and cell.dtype.kind == 'U' and cell.size == 1]
    if len(texts) < len(cells) or not texts:
        raise DataError(f'{path}: {key} is not a cell of texts')
    return [str(cell.item()).strip() for cell in texts]


def _load(path: Path, key: str) -> np.ndarray:
    try:
        from scipy.io import loadmat, whosmat
    except ModuleNotFoundError:
        raise DataError(f'{path}: reading .mat files needs SciPy: pip install ".[sun]"') from None
    if not path.is_file():
        raise DataError(f'{path}: no such file; the SUN attribute database has {IMAGES}, {ATTRIBUTES} and {LABELS}')
    confined([path], path.parent)
    try:
        shapes = {name: shape for name, shape, _ in whosmat(path)}
        # A damaged shape of a cell would be filled, and so would one that is there to fill the memory.
        fits = key in shapes and math.prod(shapes[key]) <= MAX_VALUES
        content: Any = loadmat(path, variable_names=[key])[key] if fits else None
    except Exception as error:  # a damaged file makes the reader raise nearly anything
        told = ascii(' '.join(str(error).split()))
        raise DataError(f'{path}: not a .mat file of version 7 or older ({told})') from None
    if key not in shapes:
        raise DataError(f'{path}: no {key!r} in it, but {", ".join(filter(one_line, shapes)) or "nothing"}')
    if not fits:
        raise DataError(f'{path}: {key} has the shape {shapes[key]}; allowed are up to {MAX_VALUES:,} values')
    return content
