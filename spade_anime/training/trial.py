"""A few iterations of a training, timed before it starts."""
import collections
import time
from collections.abc import Callable

import chainer
import numpy

from kernels import recording
from kernels.runtime.memory import give_back_freed_memory
from spade_anime.systems.objectives import Objective
from spade_anime.training.everything import Everything
from spade_anime.training.optim.adam import Adam
from spade_anime.training.planned import LONG
from spade_anime.training.updater import GANUpdater

CYCLE = 64
"""Iterations over which the time is a mean: some may have a gradient penalty and others none."""


class Trial(GANUpdater):
    """Iterations on a batch of ``samples``, on copies of networks, which they train.

    ``planned``: whether the training replays its iterations as a plan, and so is timed by replays.
    """

    def __init__(self, objective: Objective, optimizers: dict[str, Adam], samples: list, n_dis: int,
                 device: chainer.backend.Device, planned: bool):
        super().__init__({'main': None}, optimizers, objective, {'main': 1.0}, n_dis, device)
        self._batches = [chainer.dataset.concat_examples(samples, device) for _ in self.batch_sources()]
        self._planned = planned

    def seconds_an_iteration(self) -> float:
        """Seconds of an iteration, each phase of the objective counting as often as it comes."""
        phases = collections.Counter(self._next_phase() for _ in range(CYCLE))
        return sum(count * self._seconds_of(phase) for phase, count in phases.items()) / CYCLE

    def _next_phase(self) -> tuple:
        phase = self.objective.phase(self.n_dis)
        self.objective.passed(self.n_dis)
        return phase

    def _seconds_of(self, phase: tuple) -> float:
        """The first iteration of a phase compiles and warms up; a later one counts."""
        seconds, of_processor = self._timed(phase)
        if of_processor > LONG or not self._planned:
            seconds, of_processor = self._timed(phase)
        if not self._planned or of_processor > LONG:
            return seconds
        tape = self._tape(phase)
        if tape is None:
            return self._timed(phase)[0]
        start = time.perf_counter()
        tape()
        return time.perf_counter() - start

    def _timed(self, phase: tuple) -> tuple[float, float]:
        """Seconds of the clock and of the processor that an iteration of a phase takes."""
        self._go_to(phase)
        start = time.perf_counter(), time.process_time()
        self.iterate(self._batches)
        return time.perf_counter() - start[0], time.process_time() - start[1]

    def _tape(self, phase: tuple) -> Callable[[], None] | None:
        """What repeats an iteration of a phase; None where it cannot be recorded, as the training will say."""
        self._go_to(phase)
        give_back_freed_memory()
        try:
            with Everything(self).traced():
                batches = [tuple(map(recording.traced, batch)) for batch in self._batches]
                return recording.record(lambda: self.iterate(batches), recording.Pool())
        except Exception:  # as ``PlannedUpdater`` does: whatever a function does with such arrays
            return None

    def _go_to(self, phase: tuple) -> None:
        while self.objective.phase(self.n_dis) != phase:
            self.objective.passed(self.n_dis)

    def _report(self, values: dict) -> None:
        """No loss is of interest, or can stop anything; but reading one waits for a GPU."""
        if self.device.xp is not numpy:
            float(next(iter(values.values())))
