"""Scores of the generator while it trains: rows in metrics.jsonl, their curves, and the best generator so far."""
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import chainer
from chainer.training import Trainer

from spade_anime.errors import writing
from spade_anime.evaluation.rows import append_row
from spade_anime.evaluation.scores import Scores
from spade_anime.runs.best import BestFolder, Choice
from spade_anime.runs.snapshots import SnapshotFolder
from spade_anime.training.ready_generator import ReadyGenerator
from spade_anime.training.telling.curves import draw_curves
from spade_anime.training.telling.log import cut_lines
from spade_anime.training.telling.telling import Telling


class Metrics(Telling):
    """Score a generator every ``interval`` iterations and at the end, as ``evaluate.py`` does, and keep the best one.

    Scoring changes nothing that the training depends on. A training that continues from a snapshot removes the rows of
    later iterations and chooses the best of the others.

    Args:
        generator: the generator to score.
        name: of its snapshots.
        scores: measures it.
        choice: decides which generator is the best.
        path: file that rows are appended to.
        picture: file that their curves are drawn into.
        snapshots: of the training; the best generator is kept beside them.
        interval: iterations between two rows.
        facts: entries of every row.
        about: arrays stored with the best generator: what rebuilds it.
    """

    # Before the snapshot of the same iteration, so that a training that continues from there has its row.
    priority = chainer.training.PRIORITY_READER - 2

    def __init__(self, generator: ReadyGenerator, name: str, scores: Scores, choice: Choice, path: Path, picture: Path,
                 snapshots: SnapshotFolder, interval: int, facts: dict,
                 about: Mapping[str, Any] | None = None):
        self.generator, self.name, self.scores, self.choice = generator, name, scores, choice
        self.path, self.picture, self.snapshots, self.interval = path, picture, snapshots, interval
        self.best, self.facts = BestFolder(snapshots.path, about or {}), facts
        self.rows: list[dict] = []
        self._real: dict[str, float] = {}

    def trigger(self, trainer: Trainer) -> bool:
        """Due every ``interval`` iterations."""
        return trainer.updater.iteration % self.interval == 0

    def initialize(self, trainer: Trainer) -> None:
        """Read what earlier sessions of the run have measured, and measure the real images.

        Judges that are networks are trained now, and an error in measuring ends the run before the training.
        """
        iteration = trainer.updater.iteration
        self.rows = [row for row in cut_lines(self.path, iteration) if _measured(row)]
        self._keep_best(iteration)
        self._real = self.scores.real()

    def __call__(self, trainer: Trainer) -> None:
        iteration = trainer.updater.iteration
        if not any(row['iteration'] == iteration for row in self.rows):
            self.measure(iteration, self.generator.ready(trainer))

    def finish(self, trainer: Trainer) -> None:
        """Measure the last iteration, and keep the best generator alone."""
        self(trainer)
        self._keep_best(trainer.updater.iteration)

    def measure(self, iteration: int, gen: chainer.Link) -> None:
        """Append the scores of ``gen`` after ``iteration``, keep it if it is the best, and draw the curves."""
        row = {'network': self.name, 'iteration': iteration, **self.facts, **self.scores.facts(),
               'trained': self.scores.of(gen), 'real': self._real}
        self.rows.append(row)
        if self.choice.best(self.rows) is row:
            # Before its row: if the run is killed here, no best row lacks its file.
            self.best.save(self.name, iteration, gen)
        with writing(self.path):
            append_row(self.path, row)
        self._keep_best(self.snapshots.newest())
        draw_curves(self.rows, self.choice.best(self.rows), self.choice.metric(self.rows), self.picture)

    def _keep_best(self, saved: int) -> None:
        """Delete earlier bests, except that of the iterations up to ``saved``, from which the training may continue."""
        parts = self.rows, [row for row in self.rows if row['iteration'] <= saved]
        self.best.keep({best['iteration'] for best in map(self.choice.best, parts) if best})


def _measured(row: dict) -> bool:
    """Whether a line of the file is a row of a training; evaluate.py and others may add lines."""
    scores = [row.get(side) for side in ('trained', 'real')]
    return 'iteration' in row and all(
        isinstance(side, dict) and all(isinstance(value, int | float | None) for value in side.values())
        for side in scores)
