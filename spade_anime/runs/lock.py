"""A lock on a run directory: one training at a time writes there."""
import contextlib
import os
import socket
import warnings
from pathlib import Path
from typing import IO, Self

from spade_anime.errors import InputError, writing
from spade_anime.files import one_line
from spade_anime.runs.names import LOCK

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LONGEST = 200
"""Characters of a lock file that are read, since it may come from anyone."""

_held: set[IO[str]] = set()


def _leave_to_parent() -> None:
    """Close the files of locks in a new worker process, which may outlive a killed training by a moment."""
    for file in _held:
        file.close()


if hasattr(os, 'register_at_fork'):
    os.register_at_fork(after_in_child=_leave_to_parent)


class LockedError(InputError):
    """Another process trains in the run directory."""


class RunLock:
    """Lock on ``directory``, held from ``take`` to the end of ``with``.

    The system releases it when the process ends, however it ends: what a killed training has left does not lock. The
    file names the process that holds the lock.
    """

    def __init__(self, directory: Path):
        self.path = directory / LOCK
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            # While it is still held: whoever waits to open the file finds another one, and takes that.
            self.path.unlink(missing_ok=True)
            _held.discard(self._file)
            self._file.close()
            self._file = None

    def take(self) -> None:
        """Take the lock, unless it is held already. Raises LockedError, WriteError."""
        while self._file is None:
            with writing(self.path.parent):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                # It stays open as long as the lock is held.
                file = open(self.path, 'a+')  # noqa: SIM115
            try:
                self._lock(file)
                if self._is_there(file):
                    self._file = file
                    _held.add(file)
                    self._sign(file)
            finally:
                if self._file is not file:
                    file.close()

    def _lock(self, file: IO[str]) -> None:
        if fcntl is None:
            warnings.warn(f'{self.path.parent}: this system has no locks on files; nothing keeps a second training '
                          'from writing there', stacklevel=4)
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockedError(f'--out_dir {self.path.parent}: {_holder(file)} trains there; allowed is another '
                              '--out_dir, or the same one once that has ended') from None
        except OSError as error:
            warnings.warn(f'{self.path.parent}: its file system has no locks ({error.strerror}); nothing keeps a '
                          'second training from writing there', stacklevel=4)

    def _is_there(self, file: IO[str]) -> bool:
        """Whether the file has not been deleted by the one who held the lock when it was opened."""
        with contextlib.suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(file.fileno()), os.stat(self.path))
        return False

    def _sign(self, file: IO[str]) -> None:
        with writing(self.path):
            file.truncate(0)
            file.write(f'process {os.getpid()} on {socket.gethostname()}')
            file.flush()


def _holder(file: IO[str]) -> str:
    """The process that holds the lock, as it has signed."""
    file.seek(0)
    signed = file.read(LONGEST).strip()
    return signed if signed and one_line(signed) else 'another process'
