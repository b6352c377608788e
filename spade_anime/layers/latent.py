"""The noise that a generator paints from."""
from types import ModuleType

import chainer
import chainer.functions as F
import numpy

from spade_anime.functions.noise import NoiseSource
from spade_anime.functions.parts import own_part
from spade_anime.types import Array, Operand

DISTRIBUTIONS = ('normal', 'uniform')


class LatentNoise:
    """Draws z (batch, size) float32: standard normal, or uniform in -1..1. Seeded by NumPy's global generator."""

    def __init__(self, size: int, distribution: str = 'normal'):
        if distribution not in DISTRIBUTIONS:
            raise ValueError(f'distribution {distribution!r} is not one of {", ".join(DISTRIBUTIONS)}')
        self.size, self.distribution = size, distribution
        seed = int(numpy.random.randint(2 ** 31))
        self.random, self.source = numpy.random.default_rng(seed), NoiseSource(seed)

    def draw(self, batch: int, random: numpy.random.Generator | None = None) -> numpy.ndarray:
        """Draw for a batch from ``random``, else the part of this process of a draw from this object's own state."""
        if random is None:
            return own_part(batch, lambda count: self.draw(count, self.random))
        if self.distribution == 'uniform':
            return random.uniform(-1, 1, (batch, self.size)).astype(numpy.float32)
        return random.standard_normal((batch, self.size), numpy.float32)

    def of_pass(self, xp: ModuleType, batch: int) -> Array:
        """The same for one pass, where ``xp`` computes: on a GPU from a counter that a captured graph advances."""
        if xp is numpy:
            return self.draw(batch)
        normal = normal_numbers(self.source, xp, (batch, self.size))
        # Twice the distribution function of a normal number, less 1, is uniform.
        return normal if self.distribution == 'normal' else F.erf(normal * numpy.float32(0.5 ** 0.5)).array


def normal_numbers(source: NoiseSource, xp: ModuleType, shape: tuple[int, ...]) -> Array:
    """Standard normal numbers float32 of a shape (batch, ...) for one pass, made where ``xp`` computes."""
    stream = source.draw(xp, [1])[0][0]
    return stream.array((shape[0], 1, 1, int(numpy.prod(shape[1:])))).reshape(shape)


def placed(xp: ModuleType, noise: Operand) -> Operand:
    """Noise as a network computes with it: arrays where ``xp`` computes, Variables as they are."""
    return noise if isinstance(noise, chainer.Variable) else xp.asarray(noise)
