"""The one exception of the data room."""


class DataError(ValueError):
    """Faults in files or values: one line a fault, with the file, what was found and what is allowed."""
