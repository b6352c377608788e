"""What a run tells while it goes on: log.jsonl, plots, and the progress bar."""
import json
import sys
import time
from pathlib import Path

import chainer
import matplotlib
from chainer.training import extension
from tqdm import tqdm

matplotlib.use('Agg')
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

QUIET_SECONDS = 10


class Telling(extension.Extension):
    """Tells of a training whenever its trigger says so, and perhaps once more at the end. Changes nothing of it."""

    def finish(self, trainer) -> None:
        """Called once the last iteration is done."""


class Log(Telling):
    """Append means over ``interval`` iterations to a file, one JSON object a line; the last line at ``last``."""

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_READER

    def __init__(self, path: Path, interval: int, last: int):
        self.path, self.interval, self.last = path, interval, last
        self.entries = []
        self._start_interval()

    def __call__(self, trainer):
        self._summary.add(trainer.observation)
        self._count += 1
        if trainer.updater.iteration % self.interval == 0 or trainer.updater.iteration == self.last:
            self._write(trainer.updater)

    def _write(self, updater):
        seconds = time.perf_counter() - self._start
        self.entries.append({'iteration': updater.iteration, 'epoch': updater.epoch,
                             'iterations_per_second': self._count / seconds,
                             **{key: float(value) for key, value in self._summary.compute_mean().items()}})
        with open(self.path, 'a') as file:
            file.write(json.dumps(self.entries[-1]) + '\n')
        self._start_interval()

    def _start_interval(self):
        self._summary, self._count, self._start = chainer.reporter.DictSummary(), 0, time.perf_counter()


class Plots(Telling):
    """Draw the log when triggered and at the end: one picture a network, a curve for each of its losses."""

    priority = chainer.training.PRIORITY_READER - 1

    def __init__(self, log: Log, directory: Path, trigger: tuple):
        self.log, self.directory, self.trigger = log, directory, trigger

    def __call__(self, trainer):
        self.draw()

    finish = __call__

    def draw(self) -> None:
        """Write ``<network>.png`` for each network that reports."""
        keys = sorted({key for entry in self.log.entries for key in entry if '/' in key})
        for network in sorted({key.split('/')[0] for key in keys}):
            self._draw(network, [key for key in keys if key.startswith(f'{network}/')])

    def _draw(self, network, keys):
        figure, axes = pyplot.subplots(figsize=(8, 4.5), layout='constrained')
        for key in keys:
            points = [(entry['iteration'], entry[key]) for entry in self.log.entries if key in entry]
            width = 2 if key.endswith('/loss') else 1
            axes.plot(*zip(*points), label=key.split('/')[1], linewidth=width, marker='.' if len(points) == 1 else '')
        axes.set(xlabel='iteration', ylabel='loss', title=network)
        axes.set_yscale('symlog', linthresh=1)
        axes.grid(alpha=0.3)
        axes.legend()
        figure.savefig(self.directory / f'{network}.png', dpi=100)
        pyplot.close(figure)


class Progress(Telling):
    """Bar with both losses, iterations a second and the time left; a line now and then where there is no terminal."""

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_READER

    def __init__(self, max_iteration: int):
        self.bar = tqdm(total=max_iteration, unit='it', dynamic_ncols=True,
                        mininterval=0.5 if sys.stderr.isatty() else QUIET_SECONDS)

    def __call__(self, trainer):
        losses = {key.split('/')[0]: f'{float(value):.3f}' for key, value in trainer.observation.items()
                  if key.endswith('/loss')}
        if losses:
            self.bar.set_postfix(losses, refresh=False)
        self.bar.update(trainer.updater.iteration - self.bar.n)

    def finalize(self) -> None:
        """Leave the bar as it is."""
        self.bar.close()
