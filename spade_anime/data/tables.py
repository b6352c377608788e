"""Tables of pictures in the forms that people have: JSON lines, JSON, CSV of any delimiter, and CelebA's list."""
import csv
import io
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spade_anime.data.errors import DataError, raise_faults
from spade_anime.data.images import EXTENSIONS
from spade_anime.files import MAX_TEXT_BYTES, file_fault

FILE_COLUMNS = ('file_name', 'filename', 'file', 'file_path', 'path', 'image_id', 'image_name', 'image', 'img', 'name')
"""What tables call the column of file names, the likeliest first."""
NAME_KEYS = FILE_COLUMNS[:3]
"""What a JSON object calls its file; its other keys may be anything."""
INDEX_COLUMNS = '', 'index', 'id'
DELIMITERS = ',;\t|'
MAX_COUNT_DIGITS = 9

_BOMS = {b'\xef\xbb\xbf': 'utf-8-sig', b'\xff\xfe': 'utf-16', b'\xfe\xff': 'utf-16'}


class Row(NamedTuple):
    """A row of a table: the place that messages name, the file that it describes, and its other columns."""

    where: str
    name: str
    values: dict[str, Any]


def read_rows(path: str | os.PathLike) -> list[Row]:
    """Rows of a table, in their order: JSON by its ending (.json, .jsonl), else text in columns.

    JSON is an object per line, an array of objects, or an object of objects by file name. Columns are separated by
    commas, semicolons, tabs, bars or white space, and named by the first line, or by the second one after a line with
    the count of pictures. Texts are UTF-8 or UTF-16.

    Raises:
        DataError: no such file, or one line for each row that cannot be read.
    """
    path = Path(path)
    text = read_text(path)
    rows = _json_rows(path, text) if path.suffix.lower() in ('.json', '.jsonl') else _column_rows(path, text)
    if not rows:
        raise DataError(f'{path}: no rows')
    return rows


def read_text(path: Path) -> str:
    """Text of a file in UTF-8 or UTF-16, without its byte order mark. Raises DataError."""
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise DataError(f'{path}: {fault}')
    try:
        data = path.read_bytes()
        return data.decode(_encoding(data)).removeprefix('\ufeff')
    except FileNotFoundError:
        raise DataError(f'{path}: no such file') from None
    except OSError as error:
        raise DataError(f'{path}: cannot be read ({error.strerror})') from None
    except UnicodeDecodeError as error:
        raise DataError(f'{path}: cannot be read as text, byte {error.start} is no {error.encoding.upper()}; allowed '
                        'are UTF-8 and UTF-16') from None


def check_once(names: Sequence[str], what: str, source: object) -> None:
    """Raise DataError where a name is there more than once."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    if twice:
        raise DataError(f'{source}: {what} {twice[0]!r} is there more than once; allowed is once')


def _encoding(data: bytes) -> str:
    """By the byte order mark; else by the zero that UTF-16 has in the first character, which a table has in ASCII."""
    marked = next((encoding for mark, encoding in _BOMS.items() if data.startswith(mark)), None)
    zeros = [byte == 0 for byte in data[:2]]
    return marked or ('utf-16-be' if zeros == [True, False] else 'utf-16-le' if zeros == [False, True] else 'utf-8')


def _json_rows(path: Path, text: str) -> list[Row]:
    whole = _whole(path, text)
    if isinstance(whole, list):
        entries: Iterator[tuple[str, Any]] = ((f'{path}, entry {number}', row) for number, row in enumerate(whole, 1))
    elif whole is not None:
        entries = ((f'{path}, {name!r}', {NAME_KEYS[0]: name} | row) for name, row in whole.items())
    else:
        # Not splitlines(): JSON allows the other line ends of Unicode within a string.
        entries = ((f'{path}, line {number}', line) for number, line in enumerate(text.split('\n'), 1) if line.strip())
    rows, faults = [], []
    for where, entry in entries:
        try:
            rows.append(_json_row(where, entry))
        except DataError as error:
            faults.append(f'{where}: {error}')
    raise_faults(faults)
    return rows


def _whole(path: Path, text: str) -> list | dict[str, dict] | None:
    """The text as one array, or one object of objects by file name; None where each line is an object."""
    start = text.lstrip()
    try:
        value, end = json.JSONDecoder().raw_decode(start)
    except (ValueError, RecursionError) as error:
        if start.startswith('['):
            raise DataError(f'{path}: not JSON ({error})') from None
        return None
    if start[end:].strip():
        return None
    by_name = isinstance(value, dict) and value and all(isinstance(row, dict) for row in value.values())
    return value if by_name or isinstance(value, list) else None


def _json_row(where: str, entry: Any) -> Row:
    """A row of an object, or of the line that it is on. Raises DataError, without the place."""
    try:
        row = json.loads(entry) if isinstance(entry, str) else entry
    except (ValueError, RecursionError) as error:
        raise DataError(f'not JSON ({error})') from None
    key = next((key for key in NAME_KEYS if key in row), '') if isinstance(row, dict) else ''
    if not key or not isinstance(row[key], str) or not row[key]:
        raise DataError(f'no "{NAME_KEYS[0]}" in this row')
    return Row(where, row[key], {name: value for name, value in row.items() if name != key})


def _column_rows(path: Path, text: str) -> list[Row]:
    """Rows of a text in columns."""
    lines = list(io.StringIO(text, newline=''))
    start, count, delimiter = _start(lines)
    try:
        cells = [(f'{path}, line {start + number}', row) for number, row in _cells(lines[start:], delimiter)]
    except csv.Error as error:
        raise DataError(f'{path}: cannot be read as CSV ({error})') from None
    (_, header), cells = (cells[0], cells[1:]) if cells else (('', []), [])
    if count is not None or (cells and _lacks_file(header, cells[0][1], delimiter)):
        header = [NAME_KEYS[0], *header]
    if len(header) < 2 or any(_is_picture(cell) for cell in header):
        raise DataError(f'{path}: no header; the first line has to name the columns, a file and what is said of it')
    if count not in (None, len(cells)):
        raise DataError(f'{path}: the first line says {count} pictures, and {len(cells)} follow; allowed is their '
                        'number, or no such line')
    return _named(path, header, [(where, _fitted(where, row, len(header), delimiter)) for where, row in cells])


def _start(lines: list[str]) -> tuple[int, int | None, str | None]:
    """Lines before the header, the count that CelebA's lists begin with, and the delimiter; None for white space."""
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    head, count, delimiter = lines[start].strip() if lines else '', None, None
    if head.isdecimal() and len(head) <= MAX_COUNT_DIGITS:
        count, start = int(head), start + 1
    elif head.lower().startswith('sep=') and len(head) == len('sep=;'):  # Excel writes it, and hides it
        delimiter, start = head[-1], start + 1
    header = lines[start] if start < len(lines) else ''
    likeliest = max(DELIMITERS, key=header.count)
    return start, count, delimiter or (likeliest if likeliest in header else None)


def _cells(lines: list[str], delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """Number of the line, from 1, and cells of each row that is not blank."""
    if delimiter:
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != '\t', strict=True)
        yield from ((reader.line_num, [cell.strip() for cell in row]) for row in reader if any(row))
    else:
        yield from ((number, line.split()) for number, line in enumerate(lines, 1) if line.strip())


def _lacks_file(header: list[str], first: list[str], delimiter: str | None) -> bool:
    """Whether a header names the columns but that of the files, as R's does: the first row has a cell more."""
    more = len(first) - len(header)
    return header[0].lower() not in FILE_COLUMNS and (more > 0 if delimiter is None else more == 1 and first[-1] != '')


def _fitted(where: str, row: list[str], columns: int, delimiter: str | None) -> list[str]:
    """As many cells as the header has. Raises DataError where there are others."""
    extra = len(row) - columns
    if extra > 0 and delimiter is None:  # a file name with spaces in it
        row = [' '.join(row[:extra + 1]), *row[extra + 1:]]
    elif extra > 0 and not any(row[columns:]):
        row = row[:columns]
    if len(row) != columns:
        raise DataError(f'{where}: {len(row)} cells; the header has {columns}')
    return row


def _named(path: Path, header: list[str], cells: list[tuple[str, list[str]]]) -> list[Row]:
    """Rows by the names of their columns, without the index that pandas writes before the file names."""
    first = cells[0][1] if cells else []
    pictures = [i for i, cell in enumerate(first) if _is_picture(cell)]
    called = [i for i, cell in enumerate(header) if cell.lower() in FILE_COLUMNS]
    file = (pictures or called or [0])[0]
    index = [i for i in range(file) if header[i].lower() in INDEX_COLUMNS or header[i].startswith('Unnamed:')]
    empty = [i for i in range(len(header)) if not header[i] and not any(row[i] for _, row in cells)]
    columns = [i for i in range(len(header)) if i not in (file, *index, *empty)]
    check_once([header[i] for i in columns], 'column', path)
    return [Row(where, row[file], {header[i]: row[i] for i in columns}) for where, row in cells]


def _is_picture(cell: str) -> bool:
    return cell.lower().endswith(EXTENSIONS)
