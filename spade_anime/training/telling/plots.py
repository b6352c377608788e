"""Curves of the losses in the log."""
import gc
from pathlib import Path

import chainer
import matplotlib
from chainer.training import Trainer

from spade_anime.errors import writing
from spade_anime.training.telling.log import Log
from spade_anime.training.telling.telling import Telling

matplotlib.use('Agg')
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)
from matplotlib.figure import Figure  # noqa: E402


class Plots(Telling):
    """Draw the log when triggered and at the end: one picture per network, with a curve for each of its losses."""

    priority = chainer.training.PRIORITY_READER - 1

    def __init__(self, log: Log, directory: Path, trigger: tuple[int, str]):
        self.log, self.directory, self.trigger = log, directory, trigger

    def __call__(self, trainer: Trainer) -> None:
        self.draw()

    def finish(self, trainer: Trainer) -> None:
        """Draw the whole log."""
        self.draw()

    def draw(self) -> None:
        """Write ``<network>.png`` for each network that reports."""
        keys = sorted({key for entry in self.log.entries for key in entry if '/' in key})
        for network in sorted({key.split('/')[0] for key in keys}):
            self._draw(network, [key for key in keys if key.startswith(f'{network}/')])

    def _draw(self, network: str, keys: list[str]) -> None:
        figure, axes = pyplot.subplots(figsize=(8, 4.5), layout='constrained')
        for key in keys:
            points = [(entry['iteration'], entry[key]) for entry in self.log.entries if key in entry]
            width = 2 if key.endswith('/loss') else 1
            axes.plot(*zip(*points), label=key.split('/')[1], linewidth=width, marker='.' if len(points) == 1 else '')
        axes.set(xlabel='iteration', ylabel='loss', title=network)
        axes.set_yscale('symlog', linthresh=1)
        axes.grid(alpha=0.3)
        axes.legend()
        save_figure(figure, self.directory / f'{network}.png')


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure of Matplotlib and free it. Raises WriteError.

    A figure refers to itself. Python seldom collects such cycles, and dozens would stay, 1 MB each.
    """
    with writing(path):
        figure.savefig(path, dpi=100)
    pyplot.close(figure)
    gc.collect()
