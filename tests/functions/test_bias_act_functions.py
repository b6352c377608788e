"""Bias and activation against Chainer's functions, to the second order."""
import chainer
import numpy
import pytest
from chainer import Variable, functions, gradient_check

from kernels import bias_act as kernels
from spade_anime.functions.bias_act import bias_act

ACTIVATIONS = {'linear': functions.identity, 'leaky_relu': functions.leaky_relu, 'relu': functions.relu,
               'tanh': functions.tanh}


def composed(x, b=None, activation='leaky_relu'):
    """The same of Chainer's functions."""
    return ACTIVATIONS[activation](x if b is None else functions.bias(x, b))


@pytest.fixture(params=['cpu', 'reference'])
def way(request, monkeypatch):
    """Both ways of computing on the CPU."""
    if request.param == 'reference':
        monkeypatch.setattr(kernels, 'implementation', lambda *_, **settings: 'reference')


@pytest.mark.parametrize('shape', [(1, 1, 1, 1), (3, 2, 5, 3)])
@pytest.mark.parametrize('activation', ACTIVATIONS)
@pytest.mark.parametrize('biased', [False, True])
@pytest.mark.parametrize(('dtype', 'tolerance'), [('f', 1e-5), ('d', 1e-12)])
def test_against_chainer(way, random, shape, activation, biased, dtype, tolerance):
    """Output, gradients, and the gradients of a penalty on these."""
    arrays = [random.normal(size=size).astype(dtype) for size in (shape, shape, *[shape[1]] * biased)]
    outcomes = []
    for function in (bias_act, composed):
        gy, *inputs = variables = [Variable(array) for array in arrays]
        y = function(*inputs, activation=activation)
        first = chainer.grad([y], inputs, [gy], enable_double_backprop=True)
        sum(functions.sum(functions.sin(gradient)) for gradient in first).backward()
        assert y.dtype == dtype
        # Where nothing depends on a variable, there is no gradient or one of zeros.
        second = [numpy.zeros_like(v.array) if v.grad is None else v.grad for v in variables]
        outcomes.append([y.array, *(gradient.array for gradient in first), *second])
    for result, expected in zip(*outcomes):
        numpy.testing.assert_allclose(result, expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize('activation', ACTIVATIONS)
def test_gradients(way, random, activation):
    shape = 2, 3, 4, 3
    # Away from the kink.
    x = random.choice([-1, 1], shape) * random.uniform(0.5, 1, shape)
    b = random.uniform(-0.3, 0.3, 3)
    gy, ggx, ggb = random.normal(size=shape), random.normal(size=shape), random.normal(size=3)

    def function(x, b):
        return bias_act(x, b, activation)

    gradient_check.check_backward(function, (x, b), gy, dtype='d', atol=1e-4)
    gradient_check.check_double_backward(function, (x, b), gy, (ggx, ggb), dtype='d', atol=1e-4)


def test_a_penalty_on_the_gradient_by_the_bias_alone(random):
    x, b = Variable(random.normal(size=(2, 3, 4, 4))), Variable(random.normal(size=3))
    y = bias_act(x, b, 'tanh')
    gradient, = chainer.grad([functions.sum(y)], [b], enable_double_backprop=True)
    functions.sum(gradient ** 2).backward()
    expected = -2 * y.array * (1 - y.array ** 2) * 2 * gradient.array[:, None, None]
    numpy.testing.assert_allclose(x.grad, expected)


def test_third_order_is_refused(random):
    x = Variable(random.normal(size=(2, 3, 4, 4)))
    gradient = bias_act(x, None, 'tanh')
    for _ in range(2):
        gradient, = chainer.grad([functions.sum(gradient ** 2)], [x], enable_double_backprop=True)
    with pytest.raises(NotImplementedError, match='bias_act is differentiable twice only'):
        functions.sum(gradient ** 2).backward()
