"""What follows from the number of an iteration alone: the learning rate, and the decay of a running average.

adam.cu has the same formulas for the device, which counts its own iterations.
"""
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rates:
    """Learning rates of a training: constant, then a polynomial decay to 0, and halved again and again.

    Args:
        initial: rate of the first iteration.
        first, last: iterations between which ``initial`` is multiplied by ``(1 - t)^power``, t going from 0 to 1.
            From ``last`` on the multiple stays that of the iteration before it, the smallest.
        power: of that decay.
        halving: iterations between two halvings; 0: the rate is never halved.
    """

    initial: float = 1e-3
    first: float = math.inf
    last: float = math.inf
    power: float = 1.0
    halving: int = 0

    def at(self, iteration: int) -> float:
        """Learning rate of the update that follows ``iteration`` finished ones."""
        rate = self.initial * 0.5 ** (iteration // self.halving if self.halving else 0)
        if iteration <= self.first:
            return rate
        passed = min(iteration, self.last - 1) - self.first
        return rate * max(0.0, 1 - passed / (self.last - self.first)) ** self.power


def average_decay(largest: float, iteration: int) -> float:
    """Decay of a running average after ``iteration``: low at first, ``largest`` after some ``10 / (1 - largest)``."""
    return min(largest, (1 + iteration) / (10 + iteration))
