"""Processes that print nothing, since another one prints the same; also before Chainer is imported."""
import contextlib
import os
from collections.abc import Iterator

from spade_anime.errors import InputError

RANKS = 'PMI_RANK', 'OMPI_COMM_WORLD_RANK'


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Print nothing."""
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


@contextlib.contextmanager
def told_once() -> Iterator[None]:
    """Let the first process alone print, and report errors, until the processes have joined: all do the same."""
    if next((int(os.environ[name]) for name in RANKS if name in os.environ), 0) == 0:
        yield
        return
    with silence():
        try:
            yield
        except InputError:
            raise SystemExit(2) from None
