"""Saving a training while it runs."""
from collections.abc import Mapping
from typing import Any

from chainer.training import Trainer, extension

from spade_anime.runs.snapshots import STATE, SnapshotFolder
from spade_anime.runs.weights import arrays_of, not_finite, save_arrays, save_network
from spade_anime.training.processes.one import ALONE, OneProcess
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.state import TrainingState, moments
from spade_anime.training.updater import TrainingDiverged


class Snapshots(extension.Extension):
    """Write a snapshot into ``folder`` when triggered, and when the training ends or is stopped.

    Args:
        networks: by name.
        generator: of one of the networks, which is made ready to paint before it is saved.
        state: everything else that the training continues from.
        interval: iterations between two snapshots.
        epochs: epochs between two further snapshots; 0: by iterations alone.
        keep: how many of the newest are kept; 0: all.
        processes: those that train together; the first writes.
        about: arrays stored with each network: what rebuilds it.
    """

    # Last of all extensions: what one did after this would be missing in the state.
    priority = -100

    def __init__(self, networks: dict, generator: ReadyGenerator, state: TrainingState, folder: SnapshotFolder,
                 interval: int, epochs: int = 0, keep: int = 0, processes: OneProcess = ALONE,
                 about: Mapping[str, Any] | None = None):
        self.networks, self.generator, self.state, self.folder = networks, generator, state, folder
        self.interval, self.epochs, self.keep = interval, epochs, keep
        self.processes, self.about, self.saved = processes, about, 0

    def initialize(self, trainer: Trainer) -> None:
        """Note that the iteration that the training continues from is saved."""
        self.saved = trainer.updater.iteration

    def trigger(self, trainer: Trainer) -> bool:
        """Due every ``interval`` iterations, and every ``epochs`` epochs unless that is 0."""
        updater = trainer.updater
        by_epoch = self.epochs and updater.is_new_epoch and updater.epoch % self.epochs == 0
        return bool(by_epoch) or updater.iteration % self.interval == 0

    def __call__(self, trainer: Trainer) -> None:
        self.save(trainer)

    def save(self, trainer: Trainer) -> None:
        """Write a snapshot of the training as it is now, unless there is one.

        Raises WriteError if that is impossible, TrainingDiverged if a loss, a weight or a moment of an optimizer is not
        finite, and ProcessesError if the processes have diverged; earlier snapshots stay whole.
        """
        iteration = trainer.updater.iteration
        if iteration == self.saved:
            return
        trainer.updater.synchronize()
        self.processes.check_equal(self.networks)
        state = self.state.arrays()
        check_numbers({name: arrays_of(network) for name, network in self.networks.items()} | {
            'optimizers': moments(state)}, iteration)
        if self.processes.first:
            self._write(trainer, state)
        self.saved = iteration

    def _write(self, trainer: Trainer, state: dict) -> None:
        iteration = trainer.updater.iteration
        self.generator.ready(trainer)
        for name, network in self.networks.items():
            save_network(self.folder.file(name, iteration), network, about=self.about)
        # The networks reach the disk before the state: a power cut leaves no state without its networks.
        self.folder.sync()
        save_arrays(self.folder.file(STATE, iteration), state)
        self.folder.sync()
        self.folder.prune(self.keep)


def check_numbers(parts: dict[str, dict], iteration: int) -> None:
    """Raise TrainingDiverged, naming the first array that is not finite; ``parts``: arrays by name, by name."""
    for part, arrays in parts.items():
        if name := not_finite(arrays):
            raise TrainingDiverged(f'training stopped: {part} {name} is not finite after iteration {iteration}; '
                                   'earlier snapshots are kept; a lower --g_lr or --d_lr may help')
