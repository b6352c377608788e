"""The base of every extension that reports on a training."""
from chainer.training import Trainer, extension


class Telling(extension.Extension):
    """Reports on a training when its trigger fires, and perhaps once more at the end; changes nothing in it."""

    def finish(self, trainer: Trainer) -> None:
        """Called once after the last iteration."""
