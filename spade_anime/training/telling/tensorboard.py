"""A training as TensorBoard shows it: losses, metrics, sample sheets and options, written by tensorboardX."""
import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chainer
import numpy
from chainer.training import Trainer
from PIL import Image

from spade_anime.errors import InputError
from spade_anime.systems.options import CommonOptions
from spade_anime.training.telling.log import Log
from spade_anime.training.telling.metrics import Metrics
from spade_anime.training.telling.samples import Samples
from spade_anime.training.telling.telling import Telling

NOT_CURVES = 'iteration', 'epoch'
FLUSH_SECONDS = 10


def require() -> None:
    """Raise InputError, naming the extra, unless tensorboardX is installed."""
    try:
        import tensorboardX  # noqa: F401
    except ImportError:
        raise InputError('--tensorboard: tensorboardX is not installed; the extra "tensorboard" brings it '
                         "(pip install -e '.[tensorboard]')") from None


class TensorBoard(Telling):
    """Write what the others report into event files, once they have reported it.

    A directory without event files gets all that the run has logged and measured before. Of a run that continues from
    a snapshot, TensorBoard hides what was written of later iterations.

    Args:
        directory: of the event files.
        options: shown as a table.
        log: whose lines become curves.
        metrics: whose rows become curves, if there are any.
        samples: whose sheets are shown.
    """

    trigger = 1, 'iteration'
    # After all that it reads.
    priority = chainer.training.PRIORITY_READER - 3

    def __init__(self, directory: Path, options: CommonOptions, log: Log, metrics: Sequence[Metrics], samples: Samples):
        self.directory, self.options = directory, options
        self.log, self.metrics, self.samples = log, metrics, samples

    def initialize(self, trainer: Trainer) -> None:
        """Begin an event file, with the options."""
        from tensorboardX import SummaryWriter
        begun = any(self.directory.glob('events.*'))
        self._shown = [len(rows) if begun else 0 for rows in self._reports()]
        self._sheet = trainer.updater.iteration
        self._writer = SummaryWriter(str(self.directory), purge_step=trainer.updater.iteration + 1,
                                     flush_secs=FLUSH_SECONDS)
        self._writer.add_text('options', _table(self.options), trainer.updater.iteration)

    def __call__(self, trainer: Trainer) -> None:
        iteration = trainer.updater.iteration
        for i, rows in enumerate(self._reports()):
            for row in rows[self._shown[i]:]:
                self._scalars(row['iteration'], _curves(row))
            self._shown[i] = len(rows)
        sheet = self.samples.path(iteration)
        if iteration > self._sheet and sheet.exists():
            pixels = numpy.asarray(Image.open(sheet).convert('RGB'))
            self._writer.add_image('samples', pixels, iteration, dataformats='HWC')
            self._sheet = iteration

    def finish(self, trainer: Trainer) -> None:
        """Write what is measured and painted at the end."""
        self(trainer)
        self._writer.close()

    def finalize(self) -> None:
        """Write what is not on the disk yet: an interrupted training has no end."""
        self._writer.flush()

    def _reports(self) -> list[list[dict]]:
        return [self.log.entries, *(metrics.rows for metrics in self.metrics)]

    def _scalars(self, iteration: int, values: dict[str, Any]) -> None:
        for name, value in values.items():
            if value is not None:
                self._writer.add_scalar(name, value, iteration)


def _curves(row: dict) -> dict[str, Any]:
    """Numbers of a line of the log, or of a row of scores, by the names of their curves."""
    if 'trained' not in row:
        return {key: value for key, value in row.items() if key not in NOT_CURVES}
    return {f'metrics/{name}/{side}': value for side in ('trained', 'real') for name, value in row[side].items()}


def _table(options: CommonOptions) -> str:
    """The options as a table of Markdown, which TensorBoard shows."""
    rows = [f'| {name} | `{json.dumps(value)}` |' for name, value in dataclasses.asdict(options).items()]
    return '\n'.join(['| option | value |', '|---|---|', *rows])
