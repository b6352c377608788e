"""Snapshots while a training goes on."""
import os
import re
from dataclasses import dataclass
from pathlib import Path

from chainer.training import extension

from spade_anime.errors import writing
from spade_anime.snapshots import TEMPORARY, save_arrays, save_network
from spade_anime.training.painter import Painter
from spade_anime.training.processes import ALONE, OneProcess
from spade_anime.training.state import TrainingState

STATE = 'state'


@dataclass(frozen=True)
class SnapshotFolder:
    """Where snapshots lie: ``<network>_<iteration>.npz`` for each network, and ``state_<iteration>.npz``.

    The state is written last: a snapshot that has one is whole.
    """

    path: Path

    def file(self, name: str, iteration: int) -> Path:
        """The file of a network, or of the state."""
        return self.path / f'{name}_{iteration:08}.npz'

    def whole(self) -> list[int]:
        """Iterations of the whole snapshots, ascending."""
        return sorted(iteration for name, iteration, _ in self._files() if name == STATE)

    def newest(self) -> int:
        """Iteration of the newest whole snapshot, 0 where there is none."""
        return max(self.whole(), default=0)

    def clean(self) -> None:
        """Delete what a killed process left: temporary files, and files newer than the newest whole snapshot."""
        newest = self.newest()
        leftovers = [path for _, iteration, path in self._files() if iteration > newest]
        for path in [*leftovers, *self.path.glob(f'.*{TEMPORARY}')]:
            path.unlink()

    def prune(self, keep: int) -> None:
        """Delete all but the newest ``keep`` whole snapshots, 0: none; their states first, so that no rest is whole."""
        old = set(self.whole()[:-keep]) if keep else set()
        for _, iteration, path in sorted(self._files(), key=lambda file: file[0] != STATE):
            if iteration in old:
                path.unlink()

    def sync(self) -> None:
        """Wait until the names of the files are on the disk."""
        with writing(self.path):
            number = os.open(self.path, os.O_RDONLY)
            try:
                os.fsync(number)
            finally:
                os.close(number)

    def _files(self):
        """Name, iteration and path of each file of a snapshot."""
        matches = [(re.fullmatch(r'([a-z_]+)_(\d{8,})\.npz', path.name), path) for path in self.path.glob('*.npz')]
        return [(match[1], int(match[2]), path) for match, path in matches if match]


class Snapshots(extension.Extension):
    """Write a snapshot into ``folder`` when triggered, and when the training ends or is stopped.

    Args:
        networks: by name.
        painter: whose generator, one of them, is made ready to paint before it is saved.
        state: all else that the training goes on from.
        interval: iterations between two snapshots.
        epochs: epochs between two, beside that; 0: by iterations alone.
        keep: so many of the newest are kept, 0: all.
        processes: those that train together; the first writes.
    """

    # After everything else has seen the iteration: what happens behind it would not be in the state.
    priority = -100

    def __init__(self, networks: dict, painter: Painter, state: TrainingState, folder: SnapshotFolder, interval: int,
                 epochs: int = 0, keep: int = 0, processes: OneProcess = ALONE):
        self.networks, self.painter, self.state, self.folder = networks, painter, state, folder
        self.interval, self.epochs, self.keep = interval, epochs, keep
        self.processes, self.saved = processes, 0

    def initialize(self, trainer) -> None:
        """Nothing is to be saved of an iteration that the training goes on from."""
        self.saved = trainer.updater.iteration

    def trigger(self, trainer) -> bool:
        """Due every ``interval`` iterations, and every ``epochs`` epochs unless that is 0."""
        updater = trainer.updater
        by_epoch = self.epochs and updater.is_new_epoch and updater.epoch % self.epochs == 0
        return bool(by_epoch) or updater.iteration % self.interval == 0

    def __call__(self, trainer):
        self.save(trainer)

    def save(self, trainer) -> None:
        """Write a snapshot of the training as it is now, unless that was done.

        Raises WriteError where that is impossible, TrainingDiverged where a loss is not finite, ProcessesError where
        processes have grown apart; earlier snapshots stay whole.
        """
        iteration = trainer.updater.iteration
        if iteration == self.saved:
            return
        trainer.updater.synchronize()
        self.processes.check_equal(self.networks)
        state = self.state.arrays()
        if self.processes.first:
            self._write(trainer, state)
        self.saved = iteration

    def _write(self, trainer, state):
        iteration = trainer.updater.iteration
        self.painter.ready(trainer)
        for name, network in self.networks.items():
            save_network(self.folder.file(name, iteration), network)
        # The names of the files before it reach the disk before its own: a power cut leaves no state without networks.
        self.folder.sync()
        save_arrays(self.folder.file(STATE, iteration), state)
        self.folder.sync()
        self.folder.prune(self.keep)
