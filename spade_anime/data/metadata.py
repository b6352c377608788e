"""metadata.jsonl: a description of each picture of a data set, one JSON object per line."""
import json
import os
from pathlib import Path

from spade_anime.data.errors import DataError
from spade_anime.data.images import EXTENSIONS, confined
from spade_anime.files import MAX_TEXT_BYTES, file_fault, leads_out, plain_text

METADATA = 'metadata.jsonl'
MAX_FAULTS = 20
LONGEST_NAME = 200
"""Characters of the name of a class or attribute, and of a file's that a message shows."""


def read_metadata(directory: str | os.PathLike) -> list[dict]:
    """Rows of a directory's metadata.jsonl, in their order; each has ``path``, the file that ``file_name`` names.

    Raises:
        DataError: no such file, or one line for each row that is no JSON object or names no picture in the directory.
    """
    source = Path(directory) / METADATA
    confined([source], directory)
    if fault := file_fault(source, MAX_TEXT_BYTES):
        raise DataError(f'{source}: {fault}')
    try:
        # Not splitlines(): JSON allows the other line ends of Unicode within a string.
        lines = source.read_text(encoding='utf-8-sig').split('\n')
    except FileNotFoundError:
        raise DataError(f'{source}: no such file; it holds a line like {{"file_name": "00000.png", ...}} for each '
                        'picture') from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f'{source}: cannot be read ({error})') from None
    rows, faults = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                rows.append(_row(Path(directory), line))
            except DataError as error:
                faults.append(f'{source}, line {number}: {error}')
    if faults:
        more = [f'and {len(faults) - MAX_FAULTS} more'] * (len(faults) > MAX_FAULTS)
        raise DataError('\n'.join(faults[:MAX_FAULTS] + more))
    if not rows:
        raise DataError(f'{source}: no rows')
    return rows


def _row(directory: Path, line: str) -> dict:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f'not JSON ({error})') from None
    name = row.get('file_name') if isinstance(row, dict) else None
    if not isinstance(name, str) or not name:
        raise DataError('no "file_name" in this row')
    return row | {'path': picture_in(directory, name)}


def usable_name(name: str) -> bool:
    """Whether a class or attribute may have this name: sheets and messages show it, and flags take it."""
    return 0 < len(name) <= LONGEST_NAME and plain_text(name)


def picture_in(directory: Path, name: str) -> Path:
    """Path of a picture that a table names, which has to lie in the directory. Raises DataError."""
    path, shown = directory / name, repr(name[:LONGEST_NAME]) + '...' * (len(name) > LONGEST_NAME)
    if not plain_text(name):
        raise DataError(f'{shown}: not a file name; allowed are names without control characters')
    if leads_out(path, directory):
        raise DataError(f'{shown} lies outside {directory}')
    if path.suffix.lower() not in EXTENSIONS:
        raise DataError(f'{shown}: not a picture ({" ".join(EXTENSIONS)})')
    if fault := file_fault(path):
        raise DataError(f'{shown} {fault}')
    if not path.exists():
        raise DataError(f'{path}: no such file')
    return path
