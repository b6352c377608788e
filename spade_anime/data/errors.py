"""The one exception of the data room."""


class DataError(ValueError):
    """A fault in the user's files or values: one line a fault, each naming the file, what was found and what is allowed."""
