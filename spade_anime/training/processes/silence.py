"""Processes that say nothing, as another one says the same. They may have to before Chainer is imported."""
import contextlib
import os

from spade_anime.errors import InputError

RANKS = 'PMI_RANK', 'OMPI_COMM_WORLD_RANK'


@contextlib.contextmanager
def silence():
    """Say nothing."""
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


@contextlib.contextmanager
def told_once():
    """What processes say and what errors they have before they have joined, all alike, is told by the first alone."""
    if next((int(os.environ[name]) for name in RANKS if name in os.environ), 0) == 0:
        yield
        return
    with silence():
        try:
            yield
        except InputError:
            raise SystemExit(2) from None
