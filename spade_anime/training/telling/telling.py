"""What every extension has in common that tells of a training."""
from chainer.training import extension


class Telling(extension.Extension):
    """Tells of a training whenever its trigger says so, and perhaps once more at the end. Changes nothing of it."""

    def finish(self, trainer) -> None:
        """Called once the last iteration is done."""
