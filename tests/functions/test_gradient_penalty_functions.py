import chainer
import numpy
import pytest
from chainer import functions, gradient_check

from spade_anime.functions.gradient_penalty import FORMS, gradient_penalty

forms = pytest.mark.parametrize('form', FORMS)


@forms
@pytest.mark.parametrize('shape', [(1, 1, 1, 1), (3, 1, 5, 7), (2, 3, 4, 4)])
def test_gradients(random, shape, form):
    gradient, gy = random.normal(size=shape), random.normal(size=shape[0])
    gradient_check.check_backward(lambda g: gradient_penalty(g, form), gradient, gy, dtype='d', rtol=1e-6, atol=1e-6)


@forms
def test_as_composed_of_chainers_functions(random, form):
    gradient = chainer.Variable(random.normal(size=(3, 3, 8, 8)).astype('f'))
    if form == 'square_then_sum':
        expected = functions.sum(gradient ** 2, axis=(1, 2, 3))
    else:
        expected = functions.sum(gradient, axis=(1, 2, 3)) ** 2
    actual = gradient_penalty(gradient, form)
    numpy.testing.assert_allclose(actual.array, expected.array, rtol=1e-5)
    slopes = [chainer.grad([functions.mean(penalty)], [gradient])[0].array for penalty in (actual, expected)]
    numpy.testing.assert_allclose(*slopes, rtol=1e-5)


def test_half_storage(random):
    gradient = chainer.Variable(random.normal(size=(2, 3, 4, 4)).astype('e'))
    penalty = functions.mean(gradient_penalty(gradient))
    penalty.backward()
    assert penalty.dtype == numpy.float32 and gradient.grad.dtype == numpy.float16


def test_second_gradient_is_refused(random):
    gradient = chainer.Variable(random.normal(size=(2, 3)))
    slope, = chainer.grad([functions.sum(gradient_penalty(gradient))], [gradient], enable_double_backprop=True)
    with pytest.raises(RuntimeError, match='once, not twice'):
        functions.sum(slope).backward()
