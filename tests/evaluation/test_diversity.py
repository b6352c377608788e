import chainer
import numpy
import pytest
from from_systems import of_system

from spade_anime.evaluation import diversity as module
from spade_anime.evaluation.diversity import different, diversity, pixel_distance

DCGANGenerator = of_system('dcgan.networks.DCGANGenerator')


class Noisy(chainer.Chain):
    """Paints grey: its condition, and the noise times ``strength``."""

    def __init__(self, strength):
        super().__init__()
        with self.init_scope():
            self.strength = chainer.Parameter(numpy.float32(strength), ())
        self.painted = 0

    def draw_noise(self, batch, random):
        return random.uniform(-1, 1, (batch, 1)).astype(numpy.float32)

    def forward(self, condition, z=None):
        self.painted += len(condition)
        grey = (condition + self.strength.array * z).reshape(-1, 1, 1, 1)
        return chainer.Variable(numpy.broadcast_to(grey, (len(grey), 3, 4, 4)))


MEASURES = {'pixels': pixel_distance}


def grey(*values):
    return [(numpy.array([value], numpy.float32),) for value in values]


def test_a_generator_that_ignores_its_noise_has_none():
    assert diversity(Noisy(0), grey(-1, 0, 1), 4, MEASURES, 0) == {'pixels': 0}


def test_diversity_is_the_mean_distance_of_pairs_of_the_same_condition():
    """Not of paintings of different conditions: those lie 100 apart. |u - v| of uniform numbers is 2/3 on average."""
    gen = Noisy(0.5)
    found = diversity(gen, grey(0, 100, 200, 300), 200, MEASURES, 0)
    assert found['pixels'] == pytest.approx(0.5 * 2 / 3, rel=0.1)
    assert gen.painted == 4 * 200


def test_two_paintings_have_one_distance():
    first, second = numpy.random.default_rng(0).uniform(-1, 1, 2)
    assert diversity(Noisy(1), grey(0), 2, MEASURES, 0)['pixels'] == pytest.approx(abs(first - second), rel=1e-6)


def test_same_seed_same_diversity():
    assert diversity(Noisy(1), grey(0), 3, MEASURES, 1) == diversity(Noisy(1), grey(0), 3, MEASURES, 1)
    assert diversity(Noisy(1), grey(0), 3, MEASURES, 1) != diversity(Noisy(1), grey(0), 3, MEASURES, 2)


def test_equal_conditions_count_once_and_of_many_the_first(monkeypatch):
    assert [float(value[0]) for value, in different(grey(3, 1, 3, 1, 2))] == [3, 1, 2]
    gen = Noisy(1)
    diversity(gen, grey(3, 3, 1, 2), 5, MEASURES, 0)
    assert gen.painted == 3 * 5
    monkeypatch.setattr(module, 'CONDITIONS', 2)
    diversity(gen, grey(3, 3, 1, 2), 5, MEASURES, 0)
    assert gen.painted == (3 + 2) * 5


def test_a_real_generator_differs_by_its_noise():
    found = diversity(DCGANGenerator(3, 16, 8, 4, 8), [(vector,) for vector in numpy.eye(3, dtype=numpy.float32)], 3,
                      MEASURES, 0)
    assert 0 < found['pixels'] < 2


def test_pixel_distance_of_all_pairs():
    images = numpy.stack([numpy.full((3, 2, 2), value) for value in (-1.0, 1.0, 0.5)])
    numpy.testing.assert_allclose(pixel_distance(images), [[0, 2, 1.5], [2, 0, 0.5], [1.5, 0.5, 0]])


def test_one_painting_has_no_distance():
    with pytest.raises(ValueError, match='1 paintings'):
        diversity(Noisy(1), grey(0), 1, MEASURES, 0)


def test_what_is_left_open_is_drawn_anew():
    """A generator without noise differs by what the draws of its condition differ."""
    def again(condition, random):
        return condition[0] + random.integers(0, 2),

    assert diversity(Noisy(0), grey(0), 64, MEASURES, 0, again)['pixels'] > 0
