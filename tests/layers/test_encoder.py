"""The encoder of images into noise."""
import numpy
import pytest

from spade_anime.layers.encoder import Encoder


@pytest.mark.parametrize('size, widths', [(64, [2, 4, 8, 16]), (28, [2, 4]), (8, [2]), (6, [2])])
def test_it_halves_down_to_4_px_or_an_odd_size(size, widths, random):
    encoder = Encoder(3, size, 5, 2)
    assert [conv.W.shape[0] for conv in encoder.convs] == widths
    image, condition = (random.standard_normal(shape).astype(numpy.float32) for shape in ((2, 3, size, size), (2, 3)))
    mean, log_variance = encoder(image, condition)
    assert mean.shape == log_variance.shape == (2, 5)
    assert numpy.abs((encoder(image, condition + 1)[0] - mean).array).max() > 1e-4


def test_noise_is_drawn_around_the_mean(random, monkeypatch):
    encoder = Encoder(3, 8, 5, 2)
    image, condition = (random.standard_normal(shape).astype(numpy.float32) for shape in ((2, 3, 8, 8), (2, 3)))
    eps = random.standard_normal((2, 5)).astype(numpy.float32)
    monkeypatch.setattr(encoder.noise, 'of_pass', lambda xp, batch: eps[:batch])
    z, mean, log_variance = encoder.drawn(image, condition)
    numpy.testing.assert_allclose(z.array, mean.array + numpy.exp(log_variance.array / 2) * eps, rtol=1e-5, atol=1e-6)
