"""Standard output and error of a script whose reader may go away."""
import errno
import io
import os
import stat
import sys
from typing import Any


def outlive_readers() -> None:
    """Let the script go on where its output goes to a pipe whose reader has ended (``| head``) or a closed terminal.

    What is printed after that goes nowhere. Streams that are not the process' own, as in tests, are left alone.
    """
    for name in ('stdout', 'stderr'):
        stream = getattr(sys, name)
        if stream is not None and stream is getattr(sys, f'__{name}__') and isinstance(stream, io.TextIOWrapper):
            setattr(sys, name, _lasting(stream))


class _Outlet(io.FileIO):
    def write(self, data) -> int:  # type: ignore[no-untyped-def]
        try:
            return super().write(data)
        except OSError as error:
            if not self._reader_is_gone(error.errno):
                raise
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)
        return len(data)

    def _reader_is_gone(self, number: int | None) -> bool:
        """Whether an error tells of a pipe without a reader, or of a terminal that was closed."""
        return number == errno.EPIPE or number == errno.EIO and stat.S_ISCHR(os.fstat(self.fileno()).st_mode)


def _lasting(stream: io.TextIOWrapper) -> io.TextIOWrapper:
    stream.flush()
    outlet = _Outlet(stream.fileno(), 'wb', closefd=False)
    # Without a buffer where Python runs unbuffered.
    buffer: Any = outlet if stream.write_through else io.BufferedWriter(outlet)
    # A file name that is no text is shown somehow; it is no reason to end.
    return io.TextIOWrapper(buffer, stream.encoding, 'backslashreplace', line_buffering=stream.line_buffering,
                            write_through=stream.write_through)
