"""Running statistics estimated anew: what they become, and that nothing else changes."""
import chainer
import numpy
import pytest
from from_systems import of_system

from kernels.runtime.across import Across
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.painting import estimate_statistics, paint
from spade_anime.runs.weights import arrays_of

DCGANGenerator = of_system('dcgan.networks.DCGANGenerator')
SpadeGenerator = of_system('spade.networks.SpadeGenerator')
StageOneGenerator = of_system('stackgan.networks.StageOneGenerator')
StageTwoGenerator = of_system('stackgan.networks.StageTwoGenerator')

STATISTICS = 'avg_mean', 'avg_var'


class Normalised(chainer.Chain):
    """A generator that paints its condition, normalised."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.norm = BatchNormalization(3)

    def forward(self, condition, z=None):
        return self.norm(condition, None)


def spade():
    return SpadeGenerator(32, 4, 4, 8), [(4, 32, 32), (3, 32, 32)]


def stage_two():
    return StageTwoGenerator(StageOneGenerator(16, 4, 6, 4, 3), 16, 4, 1), [(6,)]


GENERATORS = {'spade': spade, 'dcgan': lambda: (DCGANGenerator(3, 8, 4, 2, 8), [(3,)]), 'stackgan': stage_two}


def batches(gen, shapes, count=3):
    random = numpy.random.default_rng(0)
    return [(tuple(random.random((4, *shape), numpy.float32) for shape in shapes), gen.draw_noise(4, random))
            for _ in range(count)]


def copied(gen):
    return {name: numpy.copy(array) for name, array in arrays_of(gen).items()}


def test_statistics_are_the_means_over_the_batches(random):
    gen, drawn = Normalised(), [random.normal(i, 1 + i, (4, 3, 5, 5)).astype('f') for i in range(5)]
    gen.norm.avg_mean[...], gen.norm.avg_var[...] = 100, 100
    estimate_statistics(gen, [((x,), None) for x in drawn])
    for found, expected in ((gen.norm.avg_mean, [x.mean((0, 2, 3)) for x in drawn]),
                            (gen.norm.avg_var, [x.var((0, 2, 3), ddof=1) for x in drawn])):
        numpy.testing.assert_allclose(found, numpy.mean(expected, axis=0), rtol=1e-5)


@pytest.mark.parametrize('name', GENERATORS)
def test_nothing_else_changes(name):
    gen, shapes = GENERATORS[name]()
    before, numbers = copied(gen), numpy.random.get_state()[2]
    estimate_statistics(gen, batches(gen, shapes))
    after = arrays_of(gen)
    changed = {key for key in before if not numpy.array_equal(before[key], after[key])}
    assert {key.split('/')[-1] for key in changed} == set(STATISTICS)
    assert not any(key.startswith('stage1/') for key in changed)
    assert numpy.random.get_state()[2] == numbers


@pytest.mark.parametrize('name', GENERATORS)
def test_they_depend_on_weights_and_batches_alone(name):
    gen, shapes = GENERATORS[name]()
    drawn = batches(gen, shapes)
    estimate_statistics(gen, drawn)
    first = copied(gen)
    for key, array in arrays_of(gen).items():
        if key.split('/')[-1] in STATISTICS and not key.startswith('stage1/'):
            array[...] = 7
    estimate_statistics(gen, drawn)
    for key, array in arrays_of(gen).items():
        numpy.testing.assert_array_equal(array, first[key], err_msg=key)


def test_test_mode_then_paints_as_training_does():
    """With the statistics of one batch, that batch is painted alike in both modes, but for the unbiased variance."""
    gen, shapes = spade()
    (condition, z), = batches(gen, shapes, 1)
    with chainer.no_backprop_mode():
        trained = gen.copy('copy')(*condition, z=z).array
    before = abs(paint(gen, condition, z) - trained).mean()
    estimate_statistics(gen, [(condition, z)])
    assert abs(paint(gen, condition, z) - trained).mean() < before / 10


def test_no_process_waits_for_others(random):
    def refuse(array):
        raise AssertionError('the other processes are asked for their means')
    gen = Normalised()
    gen.norm.across = across = Across(refuse, 2)
    estimate_statistics(gen, [((random.normal(size=(2, 3, 4, 4)).astype('f'),), None)])
    assert gen.norm.across is across and gen.norm.decay == 0.9
