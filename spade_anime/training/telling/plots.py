"""Curves of the losses in the log."""
from pathlib import Path

import chainer
from chainer.training import Trainer

from spade_anime.training.telling.figures import colors_of, curve, legend, pyplot, readable, save_figure
from spade_anime.training.telling.log import Log
from spade_anime.training.telling.telling import Telling


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
        colors, lines = colors_of(keys), {}
        values: list[float] = []
        for key in keys:
            x, y = zip(*((entry['iteration'], entry[key]) for entry in self.log.entries if key in entry))
            width = 2 if key.endswith('/loss') else 1
            lines[key.split('/')[1]] = curve(axes, x, y, color=colors[key], linewidth=width)
            values += y
        axes.set(xlabel='iteration', ylabel='loss', title=network)
        readable(axes, values, logarithmic=True)
        legend(figure, lines)
        save_figure(figure, self.directory / f'{network}.png')
