"""The recorder at work, and the tape that it writes."""
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from .pool import Pool


class Unrecordable(RuntimeError):
    """What a tape cannot repeat: a value that Python reads, or a function that the recorder does not know."""


class Tape:
    """Calling it repeats what was recorded."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], Any]] = []
        self._held: list[Any] = []

    def __call__(self) -> None:
        for call in self.calls:
            call()

    def hold(self, *objects: Any) -> None:
        """Keep alive what calls refer to by address."""
        self._held += objects


class Recorder:
    """Writes the tape of what one thread does. ``pool``: the memory of the arrays that are made meanwhile."""

    def __init__(self, pool: Pool):
        self.pool, self.tape = pool, Tape()
        self._thread, self._paused = threading.get_ident(), False

    @property
    def listens(self) -> bool:
        """Whether what the calling thread does is recorded now."""
        return not self._paused and self._thread == threading.get_ident()

    def add(self, call: Callable[[], Any]) -> None:
        """Note a call that has been made. It may keep no traced array alive: see ``detached``."""
        self.tape.calls.append(call)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Note nothing of what is done inside, which is one step or none."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False


_recorder: Recorder | None = None


def active() -> Recorder | None:
    """The recorder of what the calling thread does now."""
    return _recorder if _recorder is not None and _recorder.listens else None


@contextlib.contextmanager
def activated(recorder: Recorder) -> Iterator[None]:
    """Record what is done inside. RuntimeError where another recording is under way."""
    global _recorder
    if _recorder is not None:
        raise RuntimeError('another recording is under way')
    _recorder = recorder
    try:
        yield
    finally:
        _recorder = None
