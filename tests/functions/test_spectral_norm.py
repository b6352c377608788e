import chainer
import numpy
import pytest
from chainer import gradient_check

from spade_anime.functions.spectral_norm import spectral_normalize


def converged(weight, axis, iterations=200):
    """Left singular vector after many iterations."""
    u = numpy.random.RandomState(1).normal(size=weight.shape[axis])
    for _ in range(iterations):
        _, u = spectral_normalize(chainer.Variable(weight), u, axis)
    return u


@pytest.mark.parametrize('shape, axis', [((5, 3, 3, 3), 0), ((3, 5, 4, 4), 1), ((1, 2, 1, 1), 0)])
def test_largest_singular_value_becomes_one(random, shape, axis):
    weight = random.normal(size=shape)
    normalized, _ = spectral_normalize(chainer.Variable(weight), converged(weight, axis), axis)
    matrix = normalized.array.swapaxes(0, axis).reshape(shape[axis], -1)
    numpy.testing.assert_allclose(numpy.linalg.svd(matrix, compute_uv=False)[0], 1, rtol=1e-5)


def test_gradient_at_convergence(random):
    # There u and v stand still to first order, so that the gradient with them constant is the true one.
    weight = random.normal(size=(4, 3, 2, 2))
    u = converged(weight, 0)
    gradient_check.check_backward(lambda w: spectral_normalize(w, u)[0], weight, random.normal(size=weight.shape),
                                  dtype='d', rtol=1e-3, atol=1e-4)


def test_second_gradient_is_refused(random):
    weight = chainer.Variable(random.normal(size=(4, 3, 2, 2)))
    normalized, _ = spectral_normalize(weight, random.normal(size=4))
    gradient, = chainer.grad([chainer.functions.sum(normalized ** 2)], [weight], enable_double_backprop=True)
    with pytest.raises(RuntimeError, match='once'):
        chainer.functions.sum(gradient).backward()
