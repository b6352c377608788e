"""The generator that a training paints with."""
from collections.abc import Sequence

import chainer
import numpy
from chainer.training import Trainer

from spade_anime.painting import estimate_statistics


class ReadyGenerator:
    """A generator whose running statistics are estimated again before it paints or is saved.

    Conditions and noise for the estimate are drawn once, with a random number generator of their own, and are the same
    every time. So a painting depends on the weights alone, and estimating changes neither the training nor a later
    estimate.

    Args:
        gen: generator; it is changed in place.
        dataset: training set that conditions are taken from.
        batches: how many are taken; 0: the running statistics stay those of the training.
        batch_size: samples per batch, as many as the training normalises together.
        seed: of the draws.
    """

    def __init__(self, gen: chainer.Link, dataset: Sequence, batches: int, batch_size: int, seed: int):
        self.gen, self.dataset, self.batches, self.batch_size, self.seed = gen, dataset, batches, batch_size, seed
        self._drawn: list[tuple] | None = None
        self._iteration: int | None = None

    def ready(self, trainer: Trainer) -> chainer.Link:
        """The generator, ready to paint with its weights as they are now.

        Waits for the updater, whose device may still be computing these weights. Raises TrainingDiverged if a loss is
        not finite.
        """
        trainer.updater.synchronize()
        iteration = trainer.updater.iteration
        if self.batches and self._iteration != iteration:
            self._drawn = self._drawn or draw_batches(self.gen, self.dataset, self.batches, self.batch_size, self.seed)
            estimate_statistics(self.gen, self._drawn)
            self._iteration = iteration
        return self.gen


def draw_batches(gen: chainer.Link, dataset: Sequence, batches: int, batch_size: int, seed: int) -> list[tuple]:
    """Pairs of a condition and its noise for ``estimate_statistics``: all samples in turn, in an order by ``seed``."""
    random = numpy.random.default_rng(seed)
    count = batches * batch_size
    passes = -(-count // len(dataset))
    order = numpy.concatenate([random.permutation(len(dataset)) for _ in range(passes)])[:count]
    drawn = []
    for indices in order.reshape(batches, batch_size):
        condition = zip(*(dataset[int(i)][1:] for i in indices))
        drawn.append((tuple(numpy.stack(arrays) for arrays in condition), gen.draw_noise(batch_size, random)))
    return drawn
