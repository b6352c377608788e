"""The learning rate, iteration by iteration."""
from chainer.training import extension


class LearningRate(extension.Extension):
    """Polynomial decay of a learning rate, and halving it now and then.

    ``initial * (1 - t)^power`` once ``start`` of the training is over, t going from 0 to 1 from there; halved every
    ``halving`` iterations, 0: never.
    """

    trigger = 1, 'iteration'

    def __init__(self, optimizer, initial: float, max_iteration: int, start: float, power: float, halving: int = 0):
        self.optimizer, self.initial, self.power, self.halving = optimizer, initial, power, halving
        self.first, self.last = start * max_iteration, max_iteration

    def __call__(self, trainer):
        self.optimizer.alpha = self.rate(trainer.updater.iteration)

    def initialize(self, trainer) -> None:
        """Set the rate of the iteration that the training starts at, or goes on from."""
        self(trainer)

    def rate(self, iteration: int) -> float:
        """Learning rate of the update that follows ``iteration`` finished ones."""
        rate = self.initial * 0.5 ** (iteration // self.halving if self.halving else 0)
        if iteration <= self.first:
            return rate
        return rate * max(0.0, 1 - (iteration - self.first) / (self.last - self.first)) ** self.power
