"""The generator on noise that its layers make themselves, as on a GPU."""
import numpy
import pytest

from spade_anime.painting import paint
from spade_anime.systems.spade.networks import SpadeGenerator


@pytest.fixture
def gen():
    gen = SpadeGenerator(64, 4, 4, 8)
    for name, param in gen.namedparams():
        if name.endswith('noise_weight'):
            param.array[...] = 1
    return gen


def test_streams_paint_what_their_maps_paint(random, gen, monkeypatch):
    condition = random.rand(2, 4, 64, 64).astype('f'), random.rand(2, 3, 64, 64).astype('f')
    streams = gen.draw_streams()
    maps = [[stream.array(noise.shape) for stream, noise in zip(*pair)] for pair in zip(streams, gen.draw_noise(2))]
    monkeypatch.setattr(gen, 'draw_noise', lambda batch: streams)
    numpy.testing.assert_array_equal(paint(gen, condition), paint(gen, condition, maps))


def test_every_pass_has_fresh_streams(random, gen, monkeypatch):
    condition = random.rand(1, 4, 64, 64).astype('f'), random.rand(1, 3, 64, 64).astype('f')
    monkeypatch.setattr(gen, 'draw_noise', lambda batch: gen.draw_streams())
    assert not numpy.allclose(*(paint(gen, condition) for _ in range(2)))
