"""States of generators of random numbers, saved and loaded."""
import random

import chainer
import numpy
import pytest
from chainer.serializers import DictionarySerializer, NpzDeserializer

from spade_anime.functions.noise import NoiseSource
from spade_anime.layers.latent import LatentNoise
from spade_anime.training.randomness import RandomStates

BIT_GENERATORS = [numpy.random.PCG64, numpy.random.MT19937, numpy.random.Philox, numpy.random.SFC64]


class Holder(chainer.Chain):
    """Generators in all places where the project has any."""

    def __init__(self, seed):
        super().__init__()
        self.random, self.legacy = numpy.random.default_rng(seed), numpy.random.RandomState(seed)
        self.noises = LatentNoise(3), {'source': NoiseSource(seed), 'python': random.Random(seed)}
        with self.init_scope():
            self.children_ = chainer.ChainList(chainer.Link())
        self.children_[0].others = [numpy.random.Generator(kind(seed)) for kind in BIT_GENERATORS]


def numbers(holder):
    """Draws of every generator, global ones as well, of odd lengths that leave halves behind."""
    latent, others = holder.noises
    streams = others['source'].draw(numpy, [2])[0]
    return [random.random(), random.gauss(0, 1), *numpy.random.standard_normal(3), *holder.random.integers(9, size=3),
            *holder.legacy.standard_normal(3), *latent.draw(1)[0], others['python'].gauss(0, 1),
            *(x for stream in streams for x in stream.array((1, 1, 1, 5)).ravel()),
            *(x for generator in holder.children_[0].others for x in generator.standard_normal(3, numpy.float32)),
            *(generator.integers(1000, dtype=numpy.int32) for generator in holder.children_[0].others)]


@pytest.mark.parametrize('drawn', [0, 1, 3])
def test_another_process_draws_what_this_one_would(drawn):
    first, second = Holder(1), Holder(2)
    for _ in range(drawn):
        numbers(first)
    saved = DictionarySerializer()
    RandomStates({'gen': first}).serialize(saved)
    assert all(array.dtype.kind == 'U' for array in saved.target.values())
    expected = numbers(first)
    numbers(second)
    RandomStates({'gen': second}).serialize(NpzDeserializer(saved.target))
    assert numbers(second) == expected


def test_a_generator_in_two_places_is_one():
    holder = Holder(0)
    holder.again = holder.random
    found = RandomStates({'gen': holder, 'gen_average': holder.copy('copy')}).generators
    assert len({id(generator) for generator in found.values()}) == len(found)
