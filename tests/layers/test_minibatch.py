"""The deviation of a batch."""
import chainer
import chainer.functions as F
import numpy
import pytest

from spade_anime.layers.minibatch import with_deviation


@pytest.mark.parametrize('shape', [(5, 3, 4, 4), (1, 2, 1, 3)])
def test_one_channel_more_holds_the_mean_deviation(shape, random):
    h = random.standard_normal(shape)
    more = with_deviation(h).array
    numpy.testing.assert_array_equal(more[:, :-1], h)
    numpy.testing.assert_allclose(more[:, -1], numpy.sqrt(h.var(axis=0) + 1e-8).mean(), rtol=1e-12)


def test_equal_images_have_finite_gradients_twice():
    h = chainer.Variable(numpy.ones((4, 2, 3, 3), numpy.float32))
    gradient, = chainer.grad([F.sum(with_deviation(h) ** 2)], [h], enable_double_backprop=True)
    F.sum(gradient ** 2).backward()
    assert numpy.isfinite(gradient.array).all() and numpy.isfinite(h.grad).all()
