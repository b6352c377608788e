"""Files that may come from anyone: reasons not to open them, found before they are opened."""
import os
import re
import stat
from pathlib import Path

MAX_TEXT_BYTES = 2 ** 28
"""Limit for a table or a list of options. A table of 200,000 pictures with captions has about 50 MB."""

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
    """Whether a path leads outside a directory once its '..' and symbolic links are resolved."""
    try:
        return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory))
    except ValueError:  # no file system accepts such a name
        return True
