"""Training on a CPU whose whole iteration is recorded once and replayed."""
import math
import time
from typing import Any

import numpy

from kernels import recording
from kernels.runtime.memory import give_back_freed_memory
from spade_anime.training.everything import Everything
from spade_anime.training.updater import GANUpdater, TrainingDiverged
from spade_anime.training.warm_up import WarmUp

WARM_UP = 2
"""Iterations of a process before its first recording."""

LONG = 2.0
"""Seconds of the processor's time from which iterations are not recorded.

A replay saves a tenth of a second or so of Python, however large the arrays are, and keeps memory of its own.
"""

EAGER = 'The iteration is not replayed as a plan, every operation is started from Python: {reason}.'


def reason_not_to_plan(communicator: str) -> str:
    """Why no plan of a training's iteration can be made; '' if one can be tried."""
    return 'no plan can hold what processes exchange' if communicator != 'none' else ''


class PlannedUpdater(GANUpdater):
    """``GANUpdater`` on a CPU: after a few iterations each is the replay of a recorded one, equal to the last bit.

    An iteration is recorded while it is done, once for each phase of the objective. The next one of that phase is done
    twice, replayed and eagerly, from the same state. If all that an iteration changes is the same afterwards, later
    ones are replayed. Otherwise, or where an iteration cannot be recorded, one line says why, and all run eagerly.
    """

    def __init__(self, *args: Any):
        super().__init__(*args)
        self._tapes: dict[tuple, recording.Tape] = {}
        self._proven: set[tuple] = set()
        self._warm_up, self._seconds = WarmUp(WARM_UP), math.inf
        self._pool, self._reason = recording.Pool(), ''
        self._batches: list[tuple] = []
        self._everything = Everything(self)
        self._losses: list[dict] = []

    def update_core(self) -> None:
        """Run one iteration: by a tape once there is one for its phase."""
        batches, self._losses = self.batches(), []
        phase = self.objective.phase(self._updates)
        if self._reason or not self._put(batches):
            self.iterate(batches)
            return
        if self._warm_up.takes(phase):
            start = time.process_time()
            self.iterate(batches)
            self._seconds = min(self._seconds, time.process_time() - start)
            return
        if self._seconds > LONG:
            self._stop(f'it takes {self._seconds:.1f} s of the processor, nearly all of it arithmetic')
            self.iterate(batches)
            return
        if not self._everything.stays():
            self._tapes, self._proven = {}, set()
        if phase in self._proven:
            self._replay(phase)
        elif phase in self._tapes:
            self._prove(phase)
        else:
            self._record(phase)

    @property
    def _updates(self) -> int:
        """Discriminator updates an iteration."""
        return self.n_dis * len(self.loss_weights)

    def _put(self, batches: list[tuple]) -> bool:
        """Put batches where tapes read them; False if theirs have other shapes or types."""
        if not self._batches:
            self._batches = [tuple(map(numpy.copy, batch)) for batch in batches]
        pairs = [pair for batch, given in zip(self._batches, batches) for pair in zip(batch, given)]
        if any((array.shape, array.dtype) != (given.shape, given.dtype) for array, given in pairs):
            return False
        for array, given in pairs:
            array[...] = given
        return True

    def _replay(self, phase: tuple) -> None:
        # A tape leaves out what the recorded code did to the objective on the host.
        self.objective.passed(self._updates)
        self._tapes[phase]()

    def _record(self, phase: tuple) -> None:
        """Run an iteration, and keep the tape of it."""
        # Memory for the arrays of the tape takes the place of what eager iterations left.
        give_back_freed_memory()
        with self._everything.kept() as put_back:
            try:
                with self._everything.traced():
                    batches = [tuple(map(recording.traced, batch)) for batch in self._batches]
                    self._tapes[phase] = recording.record(lambda: self.iterate(batches), self._pool)
                if self._pool.is_lent:
                    raise recording.Unrecordable('an array that it makes outlives it')
                return
            except TrainingDiverged:
                raise
            except Exception as error:  # whatever a function does with arrays of a class that it does not expect
                self._stop(f'{error or type(error).__name__}')
            put_back()
            self.iterate(self._batches)

    def _prove(self, phase: tuple) -> None:
        """Replay an iteration and run it as well; trust the tape if both leave the same."""
        wrong: list[str] = []
        with self._everything.kept() as put_back:
            try:
                self._replay(phase)
            except Exception as error:  # the tape is not trusted yet
                wrong.append(f'a replay failed: {error or type(error).__name__}')
            found, losses, self._losses = self._everything.digests(), self._losses, []
            put_back()
        self._pool.give_back()
        self.iterate(self._batches)
        give_back_freed_memory()
        if losses != self._losses:
            wrong.append('a replay differs in losses')
        wrong += [f'a replay differs in {name}' for name, digest in self._everything.digests().items()
                  if found.get(name) != digest]
        if wrong:
            self._stop(wrong[0])
        else:
            self._proven.add(phase)

    def _stop(self, reason: str) -> None:
        self._reason, self._tapes, self._pool = reason, {}, recording.Pool()
        print(EAGER.format(reason=reason), flush=True)

    def _report(self, values: dict) -> None:
        recording.step(self._read, values)

    def _read(self, values: dict) -> None:
        values = {name: float(value) for name, value in values.items()}
        self._losses.append(values)
        super()._read(values)
