"""Command-line strings as values. An invalid one raises argparse's ArgumentTypeError, which shows it."""
import argparse
import math
import os

from spade_anime.files import one_line

TRUE, FALSE = ('true', 'yes', 'on', '1'), ('false', 'no', 'off', '0')


def boolean(text: str) -> bool:
    """true, yes, on, 1 or false, no, off, 0."""
    if text.lower() in TRUE + FALSE:
        return text.lower() in TRUE
    raise argparse.ArgumentTypeError(f'{text!r} is not one of {", ".join(TRUE + FALSE)}')


def shape(text: str) -> tuple:
    """Whole numbers separated by commas, perhaps in brackets: 3,256,256."""
    try:
        return tuple(int(part) for part in text.strip('()[] ').split(','))
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not like 3,256,256') from None


def line(text: str) -> str:
    """A string in one line: nothing in it controls a terminal, and a message that shows it stays one line."""
    if not one_line(text):
        raise argparse.ArgumentTypeError(f'{text!r} has control characters; allowed is a text in one line')
    return text


def path(text: str) -> str:
    """The name of a file or directory in one line; ``~`` is expanded, which a shell does not do behind ``--flag=``."""
    return os.path.expanduser(line(text))


def names(text: str) -> tuple:
    """Words separated by commas."""
    return tuple(part.strip() for part in line(text).split(',') if part.strip())


def whole(text: str) -> int:
    """A whole number; 1e5 is one, 1.5 is not."""
    value = number(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f'{text!r} is not a whole number')
    return int(value)


def number(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not a number') from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f'{text!r} is not a finite number')
    return value


PARSERS = {bool: boolean, tuple: shape, int: whole, float: number, str: line, 'names': names, 'path': path}
METAVARS = {bool: 'true|false', tuple: 'C,H,W', int: 'N', float: 'X', str: 'TEXT', 'names': 'A,B,C', 'path': 'PATH'}
