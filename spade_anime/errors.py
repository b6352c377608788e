"""Errors that users see as one line instead of a traceback."""
import contextlib
from collections.abc import Iterator
from pathlib import Path


class InputError(ValueError):
    """Input from the user cannot be used. Each line names the file or flag, what was found and what is allowed."""


class WriteError(InputError):
    """A file cannot be written: the disk is full, or the directory is read-only."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise an OSError of the body as a WriteError that names ``path``."""
    try:
        yield
    except OSError as error:
        raise WriteError(f'{path}: cannot be written: {error.strerror or error}') from None
