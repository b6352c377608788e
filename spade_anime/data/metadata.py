"""The metadata of a data set: a table in its directory that describes each of its pictures."""
import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from spade_anime.data.errors import DataError, raise_faults
from spade_anime.data.images import EXTENSIONS, confined, entries
from spade_anime.data.tables import Row, read_rows
from spade_anime.files import file_fault, leads_out, on_disk, plain_text

METADATA = 'metadata.jsonl', 'metadata.json', 'metadata.csv'
"""Names of the table; the first that is there is read."""
LONGEST_NAME = 200
"""Characters of the name of a class or attribute, and of a file's that a message shows."""


def metadata_file(directory: str | os.PathLike) -> Path:
    """The table in a directory; where there is none, the path of the first of ``METADATA``."""
    paths = [Path(directory) / name for name in METADATA]
    return next((path for path in paths if path.exists()), paths[0])


def read_metadata(directory: str | os.PathLike) -> list[dict]:
    """Rows of a directory's metadata, in their order; each has ``path``, the file that ``file_name`` names.

    Raises:
        DataError: no such file, or one line for each row that is none, or names no picture in the directory.
    """
    source = metadata_file(directory)
    confined([source], directory)
    if not source.exists():
        raise DataError(f'{source}: no such file; it holds a line like {{"file_name": "00000.png", ...}} for each '
                        f'picture. Allowed are {", ".join(METADATA)}')
    rows = read_rows(source)
    return [row.values | {'file_name': row.name, 'path': path}
            for row, path in zip(rows, pictures_of(rows, Path(directory)))]


def usable_name(name: str) -> bool:
    """Whether a class or attribute may have this name: sheets and messages show it, and flags take it."""
    return 0 < len(name) <= LONGEST_NAME and plain_text(name)


def pictures_of(rows: Sequence[Row], directory: Path) -> list[Path]:
    """Paths of the pictures that rows name. Raises DataError: one line for each row that names none, with its place."""
    paths, faults, wrong = [], [], []
    for row in rows:
        try:
            paths.append(picture_in(directory, row.name))
        except DataError as error:
            faults.append(f'{row.where}: {error}')
            wrong.append(row.name)
    if faults:
        faults[0] += _where_else(wrong[0], directory)
    raise_faults(faults)
    return paths


def _where_else(name: str, directory: Path) -> str:
    """The end of a message where a folder of the directory has a picture of that name."""
    for folder in filter(Path.is_dir, entries(directory)):
        with contextlib.suppress(DataError):
            return f'; {picture_in(folder, name)} is there'
    return ''


def picture_in(directory: Path, name: str) -> Path:
    """Path of a picture that a table names, which has to lie in the directory.

    A name may lack its extension, have that of another format, or be divided by the backslashes of Windows.

    Raises:
        DataError: no picture of that name, or two of them.
    """
    shown = repr(name[:LONGEST_NAME]) + '...' * (len(name) > LONGEST_NAME)
    if not plain_text(name):
        raise DataError(f'{shown}: not a file name; allowed are names without control characters')
    paths = [on_disk(directory / spelling) for spelling in dict.fromkeys([name, name.replace('\\', '/')])]
    if any(leads_out(path, directory) for path in paths):
        raise DataError(f'{shown} lies outside {directory}; allowed are files in it, and with --follow_links '
                        'symbolic links out of it')
    if fault := file_fault(paths[0]):
        raise DataError(f'{shown} {fault}')
    found = [path for path in paths if path.suffix.lower() in EXTENSIONS and path.exists()]
    found = found or [other for path in paths for other in _of_other_ending(path, directory)]
    if len(found) > 1:
        raise DataError(f'{shown}: {found[0].name} and {found[1].name} are there; allowed is one, or its full name')
    if not found and paths[0].exists():
        raise DataError(f'{shown}: not a picture ({" ".join(EXTENSIONS)})')
    if not found:
        raise DataError(f'{paths[-1]}: no such file')
    return found[0]


def _of_other_ending(path: Path, directory: Path) -> Iterator[Path]:
    """Pictures in the directory that have the path but for its extension."""
    if path.suffix.lower() in EXTENSIONS:
        path = path.with_suffix('')
    for ending in EXTENSIONS:
        found = on_disk(f'{path}{ending}')
        if not leads_out(found, directory) and not file_fault(found) and found.exists():
            yield found
