"""Wrong conditions for the matching-aware objective."""
import numpy
from chainer.backends import cuda

from spade_anime.fields import OptionError
from spade_anime.functions.parts import own_part
from spade_anime.types import Array


class WrongVectors:
    """Gives for each vector of a batch another one that some image has, and that truly differs from it.

    As all of them occur in the data, the discriminator cannot tell a wrong pair by its vector alone.

    Args:
        vectors: (N, n) of the training set, values 0 and 1.
        kind: 'any', each other vector is as likely; 'near', an attribute is drawn that has to differ, so that
            rare ones count as much as frequent ones, and of the vectors that differ there one is ``2^k`` times less
            likely with k more differences: the discriminator has to look at that attribute.
        seed: of the draws.

    Raises:
        OptionError: all vectors are the same.
    """

    def __init__(self, vectors: numpy.ndarray, kind: str, seed: int):
        self.distinct = numpy.unique(numpy.asarray(vectors) > 0.5, axis=0)
        if len(self.distinct) < 2:
            raise OptionError(f'--dataset_dir: all {len(vectors)} images for training have the same attributes; '
                              'at least two that differ are needed')
        self.varying = numpy.flatnonzero(self.distinct.any(0) & ~self.distinct.all(0))
        self.draw = {'any': self._any, 'near': self._near}[kind]
        self.random = numpy.random.default_rng(seed)

    def __call__(self, vectors: Array) -> Array:
        """Wrong vectors (B, n) of the same type, on the same device."""
        # A generator a sample: how much one draws does not depend on the others, which other processes may have.
        seeds = own_part(len(vectors), lambda count: self.random.integers(2 ** 63, size=count))
        wrong = numpy.stack([self.draw(row, numpy.random.default_rng(seed))
                             for row, seed in zip(cuda.to_cpu(vectors) > 0.5, seeds)])
        return cuda.get_array_module(vectors).asarray(wrong.astype(vectors.dtype))

    def _any(self, row: Array, random: numpy.random.Generator) -> Array:
        while True:
            other = self.distinct[random.integers(len(self.distinct))]
            if (other != row).any():
                return other

    def _near(self, row: Array, random: numpy.random.Generator) -> Array:
        attribute = random.choice(self.varying)
        others = self.distinct[self.distinct[:, attribute] != row[attribute]]
        differences = (others != row).sum(1)
        chances = 0.5 ** (differences - differences.min())
        return others[random.choice(len(others), p=chances / chances.sum())]
