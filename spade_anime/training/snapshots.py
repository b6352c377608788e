"""Snapshots while a training goes on."""
from pathlib import Path

from chainer.training import extension

from spade_anime.snapshots import save_network


class Snapshots(extension.Extension):
    """Write each of ``networks`` (by name) to ``directory/<name>_<iteration>.npz`` when triggered and at the end."""

    # After everything else has seen the iteration.
    priority = -100

    def __init__(self, networks: dict, directory: Path, interval: int, epochs: int):
        self.networks, self.directory = networks, directory
        self.interval, self.epochs = interval, epochs
        self.saved = 0

    def trigger(self, trainer) -> bool:
        """Due every ``interval`` iterations, and every ``epochs`` epochs unless that is 0."""
        updater = trainer.updater
        by_epoch = self.epochs and updater.is_new_epoch and updater.epoch % self.epochs == 0
        return bool(by_epoch) or updater.iteration % self.interval == 0

    def __call__(self, trainer):
        self.save(trainer)

    def save(self, trainer) -> None:
        """Write the networks as they are now, unless that was done."""
        iteration = trainer.updater.iteration
        if iteration == self.saved:
            return
        trainer.updater.synchronize()
        for name, network in self.networks.items():
            save_network(self.directory / f'{name}_{iteration:08}.npz', network)
        self.saved = iteration
