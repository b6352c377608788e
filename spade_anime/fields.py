"""How an option is declared, and which values are allowed when they do not come from a command line."""
import dataclasses
import os
import sys
from typing import Any

from spade_anime.errors import InputError
from spade_anime.files import one_line

LARGEST = 10 ** 9
"""Upper limit of a whole number whose declaration names none."""


class OptionError(InputError):
    """Options that make no sense or contradict each other; the message is one line for the user."""


def option(default: Any, group: str, text: str, *, choices: tuple = (), aliases: tuple = (),
           low: float | None = None, high: float | None = None, unit: str = '', names: bool = False,
           changeable: bool = False, path: bool = False) -> Any:
    """Dataclass field of one command-line option: default, group of ``--help``, help text, allowed values.

    ``names``: a tuple of words instead of one of whole numbers. ``changeable``: a resumed run may have another
    value; what it learns does not depend on it. ``path``: of a file or directory, in which ``~`` is expanded.
    """
    if type(default) is int and high is None:
        high = LARGEST
    return dataclasses.field(default=default, metadata={
        'group': group, 'help': text, 'choices': choices, 'aliases': aliases, 'low': low, 'high': high,
        'unit': unit, 'names': names, 'changeable': changeable, 'path': path})


def expanded(options: type, values: dict[str, Any]) -> dict[str, Any]:
    """Values by name, with ``~`` expanded in those that ``options``, a dataclass, declares as paths."""
    paths = {field.name for field in dataclasses.fields(options) if field.metadata['path']}
    return {name: os.path.expanduser(value) if name in paths and isinstance(value, str | os.PathLike) else value
            for name, value in values.items()}


LONGEST_SHOWN = 60
KINDS = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'a text in one line',
         tuple: 'a list of whole numbers'}


def value_fault(field: dataclasses.Field, value: Any) -> str:
    """Describe what is allowed if a value read from JSON (lists as tuples) is not; '' if it is."""
    kind, low, high = type(field.default), field.metadata['low'], field.metadata['high']
    if not _of_kind(kind, value, field.metadata['names']):
        return 'a list of texts' if field.metadata['names'] else KINDS[kind]
    if field.metadata['choices'] and value not in field.metadata['choices']:
        return f'one of {", ".join(map(str, field.metadata["choices"]))}'
    if (low is not None and value < low) or (high is not None and value > high):
        return f'at least {low}' if high is None else f'from {low or 0} to {high}'
    return ''


def shown(value: object) -> str:
    """A value as messages show it: in one line, shortened if it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # too many digits, too many brackets
        text = type(value).__name__
    return text if len(text) <= LONGEST_SHOWN else f'{text[:LONGEST_SHOWN]}...'


def _of_kind(kind: type, value: Any, names: bool) -> bool:
    if kind is float:
        return type(value) in (int, float) and -sys.float_info.max <= value <= sys.float_info.max
    if kind is str:
        return type(value) is str and one_line(value)
    if kind is tuple:
        return type(value) is tuple and all(_of_kind(str if names else int, part, names) for part in value)
    return type(value) is kind
