"""The noise vector that a generator paints from."""
import numpy

DISTRIBUTIONS = ('normal', 'uniform')


class LatentNoise:
    """Draws z (batch, size) float32: standard normal, or uniform in -1..1. Seeded by NumPy's global generator."""

    def __init__(self, size: int, distribution: str = 'normal'):
        if distribution not in DISTRIBUTIONS:
            raise ValueError(f'distribution {distribution!r} is not one of {", ".join(DISTRIBUTIONS)}')
        self.size, self.distribution = size, distribution
        self.random = numpy.random.default_rng(int(numpy.random.randint(2 ** 31)))

    def draw(self, batch: int, random: numpy.random.Generator | None = None) -> numpy.ndarray:
        """Draw for a batch from ``random``, else from a state of its own."""
        random = random or self.random
        if self.distribution == 'uniform':
            return random.uniform(-1, 1, (batch, self.size)).astype(numpy.float32)
        return random.standard_normal((batch, self.size), numpy.float32)
