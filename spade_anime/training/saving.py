"""Saving a training while it runs."""
from chainer.training import extension

from spade_anime.runs.snapshots import STATE, SnapshotFolder
from spade_anime.runs.weights import save_arrays, save_network
from spade_anime.training.processes.one import ALONE, OneProcess
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.state import TrainingState


class Snapshots(extension.Extension):
    """Write a snapshot into ``folder`` when triggered, and when the training ends or is stopped.

    Args:
        networks: by name.
        generator: whose generator, one of them, is made ready to paint before it is saved.
        state: all else that the training goes on from.
        interval: iterations between two snapshots.
        epochs: epochs between two, beside that; 0: by iterations alone.
        keep: so many of the newest are kept, 0: all.
        processes: those that train together; the first writes.
    """

    # After everything else has seen the iteration: what happens behind it would not be in the state.
    priority = -100

    def __init__(self, networks: dict, generator: ReadyGenerator, state: TrainingState, folder: SnapshotFolder,
                 interval: int, epochs: int = 0, keep: int = 0, processes: OneProcess = ALONE):
        self.networks, self.generator, self.state, self.folder = networks, generator, state, folder
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
        self.generator.ready(trainer)
        for name, network in self.networks.items():
            save_network(self.folder.file(name, iteration), network)
        # The names of the files before it reach the disk before its own: a power cut leaves no state without networks.
        self.folder.sync()
        save_arrays(self.folder.file(STATE, iteration), state)
        self.folder.sync()
        self.folder.prune(self.keep)
