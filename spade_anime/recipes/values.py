"""What a value of an option may be, where it does not come from a command line."""
import dataclasses
import sys

from spade_anime.files import one_line

LONGEST_SHOWN = 60
KINDS = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'a text in one line',
         tuple: 'a list of whole numbers'}


def value_fault(field: dataclasses.Field, value: object) -> str:
    """What is allowed for an option, where a value read from JSON (lists as tuples) is not; '' where it is."""
    kind, low, high = type(field.default), field.metadata['low'], field.metadata['high']
    if not _of_kind(kind, value, field.metadata['names']):
        return 'a list of texts' if field.metadata['names'] else KINDS[kind]
    if field.metadata['choices'] and value not in field.metadata['choices']:
        return f'one of {", ".join(map(str, field.metadata["choices"]))}'
    if (low is not None and value < low) or (high is not None and value > high):
        return f'at least {low}' if high is None else f'from {low or 0} to {high}'
    return ''


def shown(value: object) -> str:
    """A value as a message shows it: in one line, and not all of it where it is long."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # too many digits, too many brackets
        text = type(value).__name__
    return text if len(text) <= LONGEST_SHOWN else f'{text[:LONGEST_SHOWN]}...'


def _of_kind(kind, value, names):
    if kind is float:
        return type(value) in (int, float) and -sys.float_info.max <= value <= sys.float_info.max
    if kind is str:
        return type(value) is str and one_line(value)
    if kind is tuple:
        return type(value) is tuple and all(_of_kind(str if names else int, part, names) for part in value)
    return type(value) is kind
