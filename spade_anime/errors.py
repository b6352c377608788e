"""What a user is told in one line instead of a traceback."""


class InputError(ValueError):
    """Something the user gave cannot be used. Each line names the file or flag, what was found, what is allowed."""
