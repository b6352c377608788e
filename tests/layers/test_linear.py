import chainer
import numpy

from spade_anime.layers.linear import Linear


def test_as_chainers(random):
    """Parameters of the same names and shapes, and the same outputs from them."""
    ours, theirs = Linear(5, 3), chainer.links.Linear(5, 3)
    assert {name: param.shape for name, param in ours.namedparams()} == {'/W': (3, 5), '/b': (3,)}
    ours.b.array[...] = random.normal(size=3)
    theirs.copyparams(ours)
    x = random.normal(size=(4, 5)).astype('f')
    numpy.testing.assert_allclose(ours(x).array, theirs(x).array, rtol=1e-5, atol=1e-6)


def test_weights_are_he_normal():
    assert abs(Linear(200, 300).W.array.std() / numpy.sqrt(2 / 200) - 1) < 0.02


def test_without_a_bias(random):
    link, x = Linear(5, 3, nobias=True), random.normal(size=(4, 5)).astype('f')
    assert [name for name, _ in link.namedparams()] == ['/W']
    numpy.testing.assert_allclose(link(x).array, x @ link.W.array.T, rtol=1e-5, atol=1e-6)
