"""The class of each picture by a key of the metadata, and classes as vectors."""
import difflib
from pathlib import Path

import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.data.metadata import LONGEST_NAME, metadata_file, read_metadata, usable_name


def class_vector(name: str, class_names: tuple) -> np.ndarray:
    """One-hot vector (n,) float32 of a class. Raises DataError, with the nearest of the known classes and all."""
    if name not in class_names:
        near = difflib.get_close_matches(name, class_names, 1, 0) or ['nothing']
        raise DataError(f'{name[:LONGEST_NAME]!r}: no such class; did you mean {near[0]}? Known are '
                        f'{", ".join(class_names) or "none"}')
    return (np.arange(len(class_names)) == class_names.index(name)).astype(np.float32)


def metadata_classes(directory: Path, label_key: str) -> list[tuple[Path, str]]:
    """Each picture of the metadata and the value of ``label_key``; ``true``, ``1`` and ``1.5`` as JSON writes them.

    Raises DataError: no such key in any row, or in one row no value or one that is no string, number or boolean.
    """
    rows, source = read_metadata(directory), metadata_file(directory)
    keys = sorted({key for row in rows for key, value in row.items()
                   if key not in ('file_name', 'path') and _name(value)})
    if label_key not in keys:
        fault = f'--label_key {label_key}: no such key' if label_key else '--label_key is missing'
        raise DataError(f'{source}: {fault}; there are {", ".join(keys) or "none with a string, number or boolean"}')
    pairs = [(row['path'], _name(row.get(label_key))) for row in rows]
    if lacking := [path.name for path, name in pairs if not name]:
        raise DataError(f'{source}: {label_key} is missing or no string, number or boolean in {len(lacking)} rows, '
                        f'the first that of {lacking[0]}')
    for path, name in pairs:
        if not usable_name(name):
            raise DataError(f'{source}: {label_key} is {name[:LONGEST_NAME]!r} in the row of {path.name}; allowed is a '
                            f'name of up to {LONGEST_NAME} characters in one line')
    return pairs


def _name(value: object) -> str:
    """Name of a class; '' for what cannot be one."""
    if isinstance(value, bool):
        return str(value).lower()
    return ' '.join(str(value).split()) if isinstance(value, (str, int, float)) else ''
