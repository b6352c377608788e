"""metadata.jsonl: what is told of each picture of a data set, a JSON object a line."""
import json
import os
from pathlib import Path

from spade_anime.data.errors import DataError
from spade_anime.data.images import EXTENSIONS

METADATA = 'metadata.jsonl'
MAX_FAULTS = 20


def read_metadata(directory: str | os.PathLike) -> list[dict]:
    """Rows of a directory's metadata.jsonl, in their order; each has ``path``, the file that ``file_name`` names.

    Raises:
        DataError: no such file, or one line for each row that is no JSON object or names no picture in the directory.
    """
    source = Path(directory) / METADATA
    try:
        lines = source.read_text(encoding='utf-8').splitlines()
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


def _row(directory, line):
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f'not JSON ({error})') from None
    name = row.get('file_name') if isinstance(row, dict) else None
    if not isinstance(name, str) or not name:
        raise DataError('no "file_name" in this row')
    return row | {'path': picture_in(directory, name)}


def picture_in(directory: Path, name: str) -> Path:
    """Path of a picture that a table names, which has to lie in the directory. Raises DataError."""
    path = directory / name
    if '\0' in name or not path.resolve().is_relative_to(directory.resolve()):
        raise DataError(f'{name!r} lies outside {directory}')
    if path.suffix.lower() not in EXTENSIONS:
        raise DataError(f'{name!r}: not a picture ({" ".join(EXTENSIONS)})')
    if not path.is_file():
        raise DataError(f'{path}: no such file')
    return path
