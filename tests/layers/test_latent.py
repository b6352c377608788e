import numpy
import pytest

from spade_anime.layers.latent import LatentNoise


@pytest.mark.parametrize('distribution, deviation', [('normal', 1), ('uniform', 3 ** -0.5)])
def test_distributions(distribution, deviation):
    z = LatentNoise(50, distribution).draw(400)
    assert z.shape == (400, 50) and z.dtype == numpy.float32
    assert abs(z.mean()) < 0.05 and abs(z.std() / deviation - 1) < 0.05
    assert distribution == 'normal' or abs(z).max() <= 1


def test_a_generator_of_the_caller_decides():
    noise = LatentNoise(3)
    first, second = (noise.draw(2, numpy.random.default_rng(5)) for _ in range(2))
    numpy.testing.assert_array_equal(first, second)
    assert (noise.draw(2) != noise.draw(2)).all()


def test_noise_of_a_pass_is_made_where_the_network_computes(monkeypatch):
    """A module that is not NumPy gets numbers from counters; NumPy stands in for it, by the formulas."""
    monkeypatch.setenv('SPADE_ANIME_KERNELS', 'reference')

    class Elsewhere:
        ndarray, asarray = numpy.ndarray, staticmethod(numpy.asarray)
    for distribution, deviation in (('normal', 1), ('uniform', 3 ** -0.5)):
        noise = LatentNoise(50, distribution)
        first, second = (noise.of_pass(Elsewhere, 400) for _ in range(2))
        assert first.shape == (400, 50) and first.dtype == numpy.float32 and (first != second).any()
        assert abs(first.mean()) < 0.05 and abs(first.std() / deviation - 1) < 0.05
        assert distribution == 'normal' or abs(first).max() <= 1
    assert LatentNoise(3).of_pass(numpy, 2).shape == (2, 3)


def test_unknown_distributions_are_refused():
    with pytest.raises(ValueError, match='cauchy'):
        LatentNoise(3, 'cauchy')
