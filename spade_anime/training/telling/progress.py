"""The progress bar of a training."""
import sys

import chainer
from chainer.training import Trainer
from tqdm import tqdm

from spade_anime.training.telling.telling import Telling

QUIET_SECONDS = 10


class Progress(Telling):
    """Bar with losses, iterations per second and the time left; without a terminal a line every few seconds."""

    trigger = 1, 'iteration'
    priority = chainer.training.PRIORITY_READER

    def __init__(self, max_iteration: int):
        self.max_iteration = max_iteration

    def initialize(self, trainer: Trainer) -> None:
        """Show the bar, at the iteration that the training starts or continues from."""
        self.bar = tqdm(total=self.max_iteration, initial=trainer.updater.iteration, unit='it', dynamic_ncols=True,
                        mininterval=0.5 if sys.stderr.isatty() else QUIET_SECONDS)

    def __call__(self, trainer: Trainer) -> None:
        losses = {key.split('/')[0]: f'{float(value):.3f}' for key, value in trainer.observation.items()
                  if key.endswith('/loss')}
        if losses:
            self.bar.set_postfix(losses, refresh=False)
        self.bar.update(trainer.updater.iteration - self.bar.n)

    def finalize(self) -> None:
        """Leave the bar as it is."""
        self.bar.close()
