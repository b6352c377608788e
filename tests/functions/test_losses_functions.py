import chainer
import numpy
import pytest
from chainer import functions, gradient_check

from spade_anime.functions.losses import hinge, mean_absolute_difference

COMPOSED = {'real': lambda x: functions.mean(functions.relu(1 - x)),
            'fake': lambda x: functions.mean(functions.relu(1 + x)), 'generator': lambda x: -functions.mean(x)}
kinds = pytest.mark.parametrize('kind', COMPOSED)
shapes = pytest.mark.parametrize('shape', [(1, 1, 1, 1), (3, 1, 5, 7), (2, 3, 4, 4)])
CHECK = {'dtype': 'd', 'rtol': 1e-6, 'atol': 1e-6}


def away_from(kinks, x):
    """Where a difference quotient sees no kink."""
    return numpy.where(abs(abs(x) - kinks) < 0.05, x + 0.2, x)


@kinds
@shapes
def test_gradients_of_the_hinge(random, kind, shape):
    x = away_from(1, 2 * random.normal(size=shape))
    gradient_check.check_backward(lambda x: hinge(x, kind), x, random.normal(size=()), **CHECK)


@shapes
def test_gradients_of_the_difference(random, shape):
    target = random.normal(size=shape)
    x = target + away_from(0, random.normal(size=shape))
    gradient_check.check_backward(lambda x: mean_absolute_difference(x, target), x, random.normal(size=()), **CHECK)


def compare(actual, expected, x):
    numpy.testing.assert_allclose(actual.array, expected.array, rtol=1e-5)
    gradients = [chainer.grad([loss], [x])[0].array for loss in (actual, expected)]
    numpy.testing.assert_allclose(*gradients, rtol=1e-6)


def test_as_composed_of_chainers_functions(random):
    x = chainer.Variable((2 * random.normal(size=(3, 4, 50, 7))).astype('f'))
    x.array[..., 0], x.array[..., 1] = 1, -1
    for kind, composed in COMPOSED.items():
        compare(hinge(x, kind), composed(x), x)
    target = random.normal(size=x.shape).astype('f')
    compare(mean_absolute_difference(x, target), functions.mean_absolute_error(x, target), x)


def test_half_storage(random):
    x = chainer.Variable(random.normal(size=(2, 3, 4, 4)).astype('e'))
    loss = mean_absolute_difference(x, numpy.zeros_like(x.array)) + hinge(x, 'real')
    loss.backward()
    assert loss.dtype == numpy.float32 and x.grad.dtype == numpy.float16


def test_second_gradient_is_refused(random):
    """It would be that of the incoming gradient: by x there is none, its slopes being constant."""
    x, gy = chainer.Variable(random.normal(size=(2, 3))), chainer.Variable(numpy.ones(()))
    gradient, = chainer.grad([hinge(x, 'real')], [x], [gy], enable_double_backprop=True)
    with pytest.raises(RuntimeError, match='once, not twice'):
        functions.sum(gradient).backward()
