"""The one exception of the data room."""
from spade_anime.errors import InputError


class DataError(InputError):
    """Faults in files or values: one line a fault, with the file, what was found and what is allowed."""
