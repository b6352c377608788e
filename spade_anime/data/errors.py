"""The one exception of the data room."""
from spade_anime.errors import InputError

MAX_LINES = 20


class DataError(InputError):
    """Faults in files or values: one line a fault, with the file, what was found and what is allowed."""


def all_of(faults: list[str]) -> DataError:
    """One error of many faults, a line each; of more than ``MAX_LINES`` the first, and how many more there are."""
    left_out = len(faults) - MAX_LINES
    return DataError('\n'.join(faults[:MAX_LINES] + [f'and {left_out} more'] * (left_out > 0)))
