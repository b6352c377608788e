"""When a training ends: after its last iteration, or on a signal."""
import contextlib
import os
import signal
import time
import types

from chainer.training import Trainer

from spade_anime.training.processes.one import ALONE, OneProcess

SIGNALS = [signal.SIGINT, signal.SIGTERM]
HANG_UPS = [signal.SIGHUP] if hasattr(signal, 'SIGHUP') else []
"""The terminal was closed or its connection lost; Windows has no such signal."""

ECHO = 0.5
"""Seconds in which a signal may arrive twice: a launcher (uv run) repeats the terminal's Ctrl-C."""


class Ending:
    """Chainer trigger: true after iteration ``last``, or after the one during which a signal arrived.

    SIGTERM, Ctrl-C and SIGHUP are handled inside ``with``; SIGHUP is ignored where it was (nohup). ``signal`` is
    the name of the one that reached any of the ``processes`` that train together, or ''. A second one that is no echo
    of the first raises KeyboardInterrupt at once.
    """

    def __init__(self, last: int, processes: OneProcess = ALONE):
        self.last, self.processes = last, processes
        self.signal = self._own = ''
        self._came = 0.0

    def __call__(self, trainer: Trainer) -> bool:
        """Whether to end now; every process has to ask."""
        iteration = trainer.updater.iteration
        self.signal = next(filter(None, self.processes.of_all(self._own)), '')
        # A training that has done nothing yet has no state to continue from.
        return iteration >= self.last or bool(self.signal and iteration)

    def __enter__(self) -> 'Ending':
        hang_ups = [number for number in HANG_UPS if signal.getsignal(number) != signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._take) for number in (*SIGNALS, *hang_ups)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number: int, _frame: types.FrameType | None) -> None:
        if self._own:
            if time.monotonic() > self._came + ECHO:
                raise KeyboardInterrupt
            return
        self._own, self._came = signal.Signals(number).name, time.monotonic()
        if self.processes.first:
            # Unbuffered: a handler may interrupt a print. After a hang-up there is nobody to tell.
            with contextlib.suppress(OSError):
                os.write(2, f'\n{self._own}: this iteration is finished and a snapshot written; once more stops at '
                            'once\n'.encode())
