import numpy
import pytest
from chainer import functions

from spade_anime.layers.convolution import Convolution2D, Deconvolution2D


@pytest.mark.parametrize('nobias', [False, True])
def test_activated_is_the_convolution_and_its_activation(random, nobias):
    link = Convolution2D(2, 3, 3, pad=1, nobias=nobias)
    if not nobias:
        link.b.array[...] = random.normal(size=3)
    x = random.normal(size=(2, 2, 5, 6)).astype('f')
    numpy.testing.assert_allclose(link.activated(x).array, functions.leaky_relu(link(x), 0.2).array, atol=1e-6)
    numpy.testing.assert_allclose(link.activated(x, 'tanh').array, functions.tanh(link(x)).array, atol=1e-6)


@pytest.mark.parametrize('ksize', [4, 5])
def test_transposed_convolutions_double_the_size(ksize):
    link = Deconvolution2D(3, 2, ksize)
    y = link(numpy.ones((1, 3, 5, 4), 'f'))
    assert y.shape == (1, 2, 10, 8)
    expected = functions.deconvolution_2d(numpy.ones((1, 3, 5, 4), 'f'), link.W, link.b, 2, (ksize - 1) // 2,
                                                  outsize=(10, 8))
    numpy.testing.assert_allclose(y.array, expected.array, rtol=1e-4, atol=1e-5)
