"""The one exception of the data room."""
from collections.abc import Sequence

from spade_anime.errors import InputError

MAX_FAULTS = 20


class DataError(InputError):
    """Faults in files or values: one line a fault, with the file, what was found and what is allowed."""


def raise_faults(faults: Sequence[str]) -> None:
    """Raise DataError of the first of some faults, one a line, and of how many there are; not for none."""
    if faults:
        more = [f'and {len(faults) - MAX_FAULTS} more'] * (len(faults) > MAX_FAULTS)
        raise DataError('\n'.join([*faults[:MAX_FAULTS], *more]))
