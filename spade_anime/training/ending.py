"""When a training ends: after its last iteration, or when somebody asks for it."""
import os
import signal
import time

from spade_anime.training.processes.one import ALONE, OneProcess

SIGNALS = signal.SIGINT, signal.SIGTERM

ECHO = 0.5
"""Seconds in which a signal comes again by itself: Ctrl-C by the terminal and by what started the training (uv run)."""


class Ending:
    """Chainer trigger: true after iteration ``last``, or after the one during which SIGTERM or Ctrl-C came.

    Signals are taken inside ``with``; ``signal`` is then the name of the one that came, to any of the ``processes``
    that train together, or ''. A second one, if it is no echo of the first, raises KeyboardInterrupt at once.
    """

    def __init__(self, last: int, processes: OneProcess = ALONE):
        self.last, self.processes = last, processes
        self.signal = self._own = ''
        self._came = 0.0

    def __call__(self, trainer) -> bool:
        iteration = trainer.updater.iteration
        self.signal = next(filter(None, self.processes.of_all(self._own)), '')
        # A training that has done nothing yet has no state to go on from.
        return iteration >= self.last or bool(self.signal and iteration)

    def __enter__(self) -> 'Ending':
        self._before = {number: signal.signal(number, self._take) for number in SIGNALS}
        return self

    def __exit__(self, *_):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, number, _frame):
        if self._own:
            if time.monotonic() > self._came + ECHO:
                raise KeyboardInterrupt
            return
        self._own, self._came = signal.Signals(number).name, time.monotonic()
        if self.processes.first:
            # Unbuffered: a handler may interrupt a print.
            os.write(2, f'\n{self._own}: this iteration is finished and a snapshot written; once more stops at once\n'
                     .encode())
