"""What a run tells while it goes on: log.jsonl, plots, and the progress bar."""
import gc
import json
import sys
import time
from pathlib import Path

import chainer
import matplotlib
from chainer.training import extension
from tqdm import tqdm

from spade_anime.errors import InputError, writing
from spade_anime.files import MAX_TEXT_BYTES, file_fault
from spade_anime.runs.weights import replacing

matplotlib.use('Agg')
from matplotlib import pyplot  # noqa: E402  (the backend has to be chosen first)

QUIET_SECONDS = 10


class Telling(extension.Extension):
    """Tells of a training whenever its trigger says so, and perhaps once more at the end. Changes nothing of it."""

    def finish(self, trainer) -> None:
        """Called once the last iteration is done."""


class Log(Telling):
    """Append means over ``interval`` iterations to a file, one JSON object a line; the last line at ``last``.

    A training that goes on from a snapshot cuts off what the file tells of later iterations.
    """

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_READER

    def __init__(self, path: Path, interval: int, last: int):
        self.path, self.interval, self.last = path, interval, last
        self.entries = []
        self._start_interval()

    def initialize(self, trainer) -> None:
        """Read what earlier sessions of the run have written."""
        self.entries = cut_lines(self.path, trainer.updater.iteration)

    def serialize(self, serializer) -> None:
        """Save or load what came since the last line."""
        self._summary.serialize(serializer['summary'])
        self._count = serializer('count', self._count)
        self._start = time.perf_counter() - serializer('seconds', time.perf_counter() - self._start)

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
        with writing(self.path), open(self.path, 'a') as file:
            file.write(json.dumps(self.entries[-1]) + '\n')
        self._start_interval()

    def _start_interval(self):
        self._summary, self._count, self._start = chainer.reporter.DictSummary(), 0, time.perf_counter()


def cut_lines(path: Path, iteration: int) -> list[dict]:
    """JSON objects of a file, one a line, whose ``iteration`` is not above ``iteration``; the others are cut off.

    So is a line that is damaged or was not written to its end. One that tells of no iteration stays. Without the file
    there are none. Raises InputError where it is no file.
    """
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise InputError(f'{path}: {fault}')
    lines = path.read_text(encoding='utf-8', errors='replace').splitlines(keepends=True) if path.exists() else []
    entries = [_entry(line) for line in lines]
    kept = [i for i, entry in enumerate(entries) if entry is not None and entry.get('iteration', 0) <= iteration]
    if len(kept) < len(lines):
        with replacing(path) as temporary:
            temporary.write_text(''.join(lines[i] for i in kept))
    return [entries[i] for i in kept]


def _entry(line):
    """The object of a line that was written to its end, else None."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = line.endswith('\n') and '\ufffd' not in line and isinstance(entry, dict)
    return entry if whole and isinstance(entry.get('iteration', 0), int) else None


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
        save_figure(figure, self.directory / f'{network}.png')


def save_figure(figure, path: Path) -> None:
    """Write a figure of Matplotlib and let go of it. Raises WriteError.

    A figure refers to itself. Left to Python, which seldom looks through what is old, dozens stay, 1 MB each.
    """
    with writing(path):
        figure.savefig(path, dpi=100)
    pyplot.close(figure)
    gc.collect()


class Progress(Telling):
    """Bar with both losses, iterations a second and the time left; a line now and then where there is no terminal."""

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_READER

    def __init__(self, max_iteration: int):
        self.max_iteration = max_iteration

    def initialize(self, trainer) -> None:
        """Show the bar, from the iteration on that the training goes on from."""
        self.bar = tqdm(total=self.max_iteration, initial=trainer.updater.iteration, unit='it', dynamic_ncols=True,
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
