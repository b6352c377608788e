"""Files that may come from anyone: reasons not to open them, found before they are opened."""
import contextlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from spade_anime.errors import InputError

MAX_TEXT_BYTES = 2 ** 28
"""Limit for a table or a list of options. A table of 200,000 pictures with captions has about 50 MB."""

_links_followed: ContextVar[bool] = ContextVar('links_followed', default=False)

_CONTROL = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029]')
_HALF = re.compile('[\ud800-\udfff]')


def file_fault(path: str | os.PathLike, most: int | None = None) -> str:
    """Reason not to read a path as a file, or ''. A missing file is not a fault: the reader reports it.

    A pipe would block the reader for ever, and a device such as /dev/zero has no end.

    Args:
        path: of the file; symbolic links are followed.
        most: largest size in bytes; None for no limit.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return ''
    except OSError as error:
        return f'cannot be read ({error.strerror})'
    except ValueError as error:
        return f'cannot be the name of a file ({error})'
    if stat.S_ISDIR(found.st_mode):
        return 'cannot be read, it is a directory'
    if not stat.S_ISREG(found.st_mode):
        return 'cannot be read, it is a pipe or a device; allowed is a plain file'
    if most is not None and found.st_size > most:
        return f'has {found.st_size:,} bytes; allowed are up to {most:,}'
    return ''


def one_line(text: str) -> bool:
    """Whether a string has no characters that break a line or control a terminal."""
    return not _CONTROL.search(text)


def plain_text(text: str) -> bool:
    """Whether a string is ``one_line`` and has no lone surrogate, which cannot be encoded."""
    return one_line(text) and not _HALF.search(text)


def leads_out(path: str | os.PathLike, directory: str | os.PathLike) -> bool:
    """Whether a path leads outside a directory once its '..' are resolved, and its symbolic links, unless they are
    followed (``following_links``)."""
    resolved = os.path.abspath if _links_followed.get() else os.path.realpath
    try:
        return not Path(resolved(path)).is_relative_to(resolved(directory))
    except ValueError:  # no file system accepts such a name
        return True


@contextlib.contextmanager
def following_links(allowed: bool = True) -> Iterator[None]:
    """Inside ``with``, symbolic links may lead out of a data set, whose owner the user then trusts."""
    before = _links_followed.set(allowed)
    try:
        yield
    finally:
        _links_followed.reset(before)


def on_disk(path: str | os.PathLike) -> Path:
    """The path as it lies on disk: what is missing may be there under the other normal form of its Unicode name.

    macOS and archives made there write é as e and an accent (NFD), most other programs as one character (NFC).
    """
    path = Path(path)
    forms = (Path(unicodedata.normalize(form, str(path))) for form in ('NFC', 'NFD'))
    return path if os.path.lexists(path) else next(filter(os.path.lexists, forms), path)


def check_outside(out: str | os.PathLike, flag: str, *directories: str) -> None:
    """Raise InputError where ``out``, which ``flag`` names, lies in a data set: what is written there would be read.

    ``directories``: of data sets; '' for none.
    """
    for directory in filter(None, directories):
        if Path(os.path.realpath(out)).is_relative_to(os.path.realpath(directory)):
            raise InputError(f'{flag} {out} lies in the data set {directory}: pictures that are written there would '
                             'be taken for samples; allowed is a directory outside of it')
