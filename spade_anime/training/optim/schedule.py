"""The learning rate, iteration by iteration."""
import chainer
from chainer.training import Trainer, extension

from kernels.adam import Rates


class LearningRate(extension.Extension):
    """Sets the learning rate of an optimizer, its ``alpha``, to that of ``rates`` before each iteration."""

    trigger = 1, 'iteration'

    def __init__(self, optimizer: chainer.Optimizer, rates: Rates):
        self.optimizer, self.rates = optimizer, rates

    def __call__(self, trainer: Trainer) -> None:
        self.optimizer.alpha = self.rates.at(trainer.updater.iteration)

    def initialize(self, trainer: Trainer) -> None:
        """Set the rate of the iteration that the training starts or continues at."""
        self(trainer)
