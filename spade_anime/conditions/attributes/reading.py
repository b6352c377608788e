"""Which columns of a table are attributes, and the vector of each of its rows."""
import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.data.metadata import LONGEST_NAME, usable_name
from spade_anime.data.tables import Row
from spade_anime.fields import shown

OBJECT = 'attributes'
"""Key of a JSON object with the attributes of a picture. Without it they stand beside the name of the file."""
WORDS = {'true': 1, 'yes': 1, 'y': 1, 'false': 0, 'no': 0, 'n': 0}
NUMBERS: dict[float, int] = {1: 1, 0: 0, -1: 0}
"""CelebA writes -1 for what is absent."""
ALLOWED = '1, true, yes and y, or 0, -1, false, no and n'


def read_attributes(rows: Sequence[Row], source: object) -> tuple[tuple[str, ...], list[np.ndarray]]:
    """Names of a table's attributes, and the vector (n,) float32 in {0, 1} of each row.

    The attributes are the rows' objects ``attributes``; without them, the columns that say yes or no in most rows, so
    that words and numbers may stand beside them.

    Args:
        rows: of the table, at least one.
        source: what messages call the table.

    Raises:
        DataError: no attributes; a row that lacks one, or has another value than ``ALLOWED``.
    """
    if any(OBJECT in row.values for row in rows):
        objects = [_object(row) for row in rows]
        names = tuple(objects[0])
    else:
        objects = [row.values for row in rows]
        names = _columns(objects, source)
    return names, [_vector(row, values, names) for row, values in zip(rows, objects)]


def truth(value: Any) -> int | None:
    """1 or 0 for what says yes or no, a boolean, a number or a word; None for anything else."""
    if isinstance(value, str):
        return _truth_of_word(value)
    return NUMBERS.get(value) if isinstance(value, (int, float)) else None


@functools.lru_cache(1000)  # a table has millions of cells, and few different ones
def _truth_of_word(text: str) -> int | None:
    word = text.strip().lower()
    if word in WORDS:
        return WORDS[word]
    try:
        return NUMBERS.get(float(word.replace(',', '.')))
    except ValueError:
        return None


def _object(row: Row) -> Mapping[str, Any]:
    found = row.values.get(OBJECT)
    if not isinstance(found, dict) or not found:
        raise DataError(f'{row.where}: no "{OBJECT}" in this row; allowed is an object like {{"glasses": true}}')
    return found


def _columns(rows: Sequence[Mapping[str, Any]], source: object) -> tuple[str, ...]:
    """Columns that say yes or no in more than half of the rows."""
    names = tuple(dict.fromkeys(name for values in rows for name in values))
    found = tuple(name for name in names if 2 * sum(truth(values.get(name)) is not None for values in rows) > len(rows))
    if not found:
        found_instead = [f'{_shown(name)} has {shown(rows[0].get(name))}' for name in names] or ['only names of files']
        raise DataError(f'{source}: no attributes; {found_instead[0]}, and allowed are {ALLOWED}')
    return found


def _vector(row: Row, values: Mapping[str, Any], names: tuple[str, ...]) -> np.ndarray:
    differing = set(names) - set(values) | (set(values) - set(names) if OBJECT in row.values else set())
    if differing:
        raise DataError(f'{row.where}: its attributes are not those of the other rows; they differ in '
                        f'{_listed(differing)}')
    vector = [truth(values[name]) for name in names]
    if None in vector:
        name = names[vector.index(None)]
        raise DataError(f'{row.where}: attribute {_shown(name)} is {shown(values[name])}; allowed are {ALLOWED}')
    return np.array(vector, np.float32)


def _listed(names: Iterable[str]) -> str:
    return ', '.join(name if usable_name(name) else _shown(name) for name in sorted(names))


def _shown(name: str) -> str:
    return repr(name[:LONGEST_NAME])
