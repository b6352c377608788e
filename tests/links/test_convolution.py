import numpy
import pytest
from chainer import functions

from spade_anime.links.convolution import Convolution2D


@pytest.mark.parametrize('nobias', [False, True])
def test_activated_is_the_convolution_and_its_activation(random, nobias):
    link = Convolution2D(2, 3, 3, pad=1, nobias=nobias)
    if not nobias:
        link.b.array[...] = random.normal(size=3)
    x = random.normal(size=(2, 2, 5, 6)).astype('f')
    numpy.testing.assert_allclose(link.activated(x).array, functions.leaky_relu(link(x), 0.2).array, atol=1e-6)
    numpy.testing.assert_allclose(link.activated(x, 'tanh').array, functions.tanh(link(x)).array, atol=1e-6)
