"""The log of a training: log.jsonl."""
import json
import time
from pathlib import Path

import chainer
from chainer.training import Trainer
from chainer.training.updaters import StandardUpdater

from spade_anime.errors import InputError, writing
from spade_anime.files import MAX_TEXT_BYTES, file_fault
from spade_anime.runs.weights import replacing
from spade_anime.training.telling.telling import Telling


class Log(Telling):
    """Append means over ``interval`` iterations to a file, one JSON object per line; the last line at ``last``.

    A training that continues from a snapshot first removes the lines of later iterations.
    """

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_READER

    def __init__(self, path: Path, interval: int, last: int):
        self.path, self.interval, self.last = path, interval, last
        self.entries: list[dict] = []
        self._summary, self._count, self._start = chainer.reporter.DictSummary(), 0, time.perf_counter()

    def initialize(self, trainer: Trainer) -> None:
        """Read what earlier sessions of the run have written."""
        self.entries = cut_lines(self.path, trainer.updater.iteration)

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load the means since the last line."""
        self._summary.serialize(serializer['summary'])
        self._count = serializer('count', self._count)
        self._start = time.perf_counter() - serializer('seconds', time.perf_counter() - self._start)

    def __call__(self, trainer: Trainer) -> None:
        self._summary.add(trainer.observation)
        self._count += 1
        if trainer.updater.iteration % self.interval == 0 or trainer.updater.iteration == self.last:
            self._write(trainer.updater)

    def _write(self, updater: StandardUpdater) -> None:
        seconds = time.perf_counter() - self._start
        self.entries.append({'iteration': updater.iteration, 'epoch': updater.epoch,
                             'iterations_per_second': self._count / seconds,
                             **{key: float(value) for key, value in self._summary.compute_mean().items()}})
        with writing(self.path), open(self.path, 'a') as file:
            file.write(json.dumps(self.entries[-1]) + '\n')
        self._summary, self._count, self._start = chainer.reporter.DictSummary(), 0, time.perf_counter()


def cut_lines(path: Path, iteration: int) -> list[dict]:
    """The objects of a JSON lines file whose ``iteration`` is at most ``iteration``; other lines are removed from it.

    So are damaged and unfinished lines. Objects without an iteration stay. Empty if there is no file. Raises InputError
    if the path is something else than a file.
    """
    if fault := file_fault(path, MAX_TEXT_BYTES):
        raise InputError(f'{path}: {fault}')
    lines = path.read_text(encoding='utf-8', errors='replace').splitlines(keepends=True) if path.exists() else []
    kept = [(line, entry) for line in lines
            if (entry := _entry(line)) is not None and entry.get('iteration', 0) <= iteration]
    if len(kept) < len(lines):
        with replacing(path) as temporary:
            temporary.write_text(''.join(line for line, _ in kept))
    return [entry for _, entry in kept]


def _entry(line: str) -> dict | None:
    """The object of a whole line, else None."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = line.endswith('\n') and '\ufffd' not in line and isinstance(entry, dict)
    return entry if whole and isinstance(entry.get('iteration', 0), int) else None
