"""The generator that a training paints with."""
import chainer
import numpy

from spade_anime.painting import estimate_statistics


class ReadyGenerator:
    """A generator whose running statistics are estimated anew before it paints or is saved.

    Conditions and noise for it are drawn once, by a generator of random numbers of their own, and are the same every
    time: what is painted depends on the weights alone, and neither the training nor a later estimate on when that was.

    Args:
        gen: generator; it is changed in place.
        dataset: training set that conditions are taken from.
        batches: how many; 0: the running statistics stay those of the training.
        batch_size: samples a batch: that of the training, whose normalisation it is.
        seed: of the draws.
    """

    def __init__(self, gen: chainer.Link, dataset, batches: int, batch_size: int, seed: int):
        self.gen, self.dataset, self.batches, self.batch_size, self.seed = gen, dataset, batches, batch_size, seed
        self._drawn, self._iteration = None, None

    def ready(self, trainer) -> chainer.Link:
        """The generator, ready to paint with its weights as they are now.

        Waits for the updater: its device may still be computing these weights. Raises TrainingDiverged where a loss is
        not finite.
        """
        trainer.updater.synchronize()
        iteration = trainer.updater.iteration
        if self.batches and self._iteration != iteration:
            self._drawn = self._drawn or draw_batches(self.gen, self.dataset, self.batches, self.batch_size, self.seed)
            estimate_statistics(self.gen, self._drawn)
            self._iteration = iteration
        return self.gen


def draw_batches(gen: chainer.Link, dataset, batches: int, batch_size: int, seed: int) -> list:
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
