"""What a user is told in one line instead of a traceback."""
import contextlib
from collections.abc import Iterator
from pathlib import Path


class InputError(ValueError):
    """Something the user gave cannot be used. Each line names the file or flag, what was found, what is allowed."""


class WriteError(InputError):
    """A file cannot be written: the disk is full, or the directory takes none."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise what the system has against writing ``path`` as a WriteError that names it."""
    try:
        yield
    except OSError as error:
        raise WriteError(f'{path}: cannot be written: {error.strerror or error}') from None
