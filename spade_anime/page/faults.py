"""What is wrong with a request, and the status that answers it."""
from spade_anime.errors import InputError


class RequestError(InputError):
    """A request that cannot be answered; the message names the field, what was found and what is allowed."""

    status = 400


class NotFound(RequestError):
    """A name that the server has not given."""

    status = 404


class TooLarge(RequestError):
    """More bytes than are read."""

    status = 413


class Refused(RequestError):
    """A request from another page, or meant for another server."""

    status = 403
