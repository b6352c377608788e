"""SPADE's normalisation against the same made of Chainer's functions."""
import chainer
import numpy
import pytest
from chainer import Variable, functions, gradient_check

from spade_anime.functions.noise import NoiseSource
from spade_anime.functions.spade_norm import spade_norm

SHAPES = [(1, 1, 1, 1), (1, 3, 5, 4), (3, 2, 4, 4), (2, 1, 7, 3)]
EPS, DECAY = 2e-5, 0.9


def arrays(shape, dtype='d'):
    """x, gamma, beta, noise_weight, noise; running mean and variance; output gradient."""
    random = numpy.random.default_rng(0)
    x, gamma, beta, gy = (random.standard_normal(shape).astype(dtype) for _ in range(4))
    noise = random.standard_normal((shape[0], 1, *shape[2:])).astype(dtype)
    noise_weight = random.standard_normal((1, shape[1], 1, 1)).astype(dtype)
    running = [random.standard_normal(shape[1]).astype(dtype), 1 + random.random(shape[1]).astype(dtype)]
    return [x, gamma, beta, noise_weight, noise], running, gy


def composed(x, gamma, beta, noise_weight=None, noise=None, *, running_mean, running_var, slope):
    """The same of Chainer's functions."""
    h = x if noise is None else x + functions.broadcast_to(noise_weight, x.shape) * \
        functions.broadcast_to(noise, x.shape)
    one, zero = numpy.ones_like(running_mean), numpy.zeros_like(running_mean)
    if chainer.config.train:
        h = functions.batch_normalization(h, one, zero, eps=EPS, running_mean=running_mean,
                                          running_var=running_var, decay=DECAY)
    else:
        h = functions.fixed_batch_normalization(h, one, zero, running_mean, running_var, EPS)
    y = h * (1 + gamma) + beta
    return y if slope is None else functions.leaky_relu(y, slope)


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('with_noise', [True, False])
@pytest.mark.parametrize('train', [True, False])
@pytest.mark.parametrize('slope', [None, 0.2, 0.0])
@pytest.mark.parametrize(('dtype', 'tolerance'), [('f', 1e-3), ('d', 1e-8)])
@pytest.mark.filterwarnings('ignore:A batch with no more than one sample')
def test_against_chainer(shape, with_noise, train, slope, dtype, tolerance):
    inputs, running, gy = arrays(shape, dtype)
    outcomes = []
    for function in (spade_norm, composed):
        variables = [Variable(array) for array in (inputs if with_noise else inputs[:3])]
        mean, var = (array.copy() for array in running)
        with chainer.using_config('train', train):
            y = function(*variables, running_mean=mean, running_var=var, slope=slope)
            y.grad = gy
            y.backward()
        assert y.dtype == dtype
        outcomes.append([y.array, mean, var, *(variable.grad for variable in variables[:4])])
    for result, expected in zip(*outcomes):
        numpy.testing.assert_allclose(result, expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize('shape', [(1, 3, 5, 4), (3, 2, 4, 4)])
@pytest.mark.parametrize('train', [True, False])
def test_gradients(shape, train):
    (*inputs, noise), (mean, var), gy = arrays(shape)

    def function(x, gamma, beta, noise_weight):
        return spade_norm(x, gamma, beta, noise_weight, noise, running_mean=mean.copy(), running_var=var.copy())

    with chainer.using_config('train', train):
        gradient_check.check_backward(function, inputs, gy, dtype='d', eps=1e-5, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize('train', [True, False])
def test_a_stream_is_as_its_array(train):
    inputs, running, gy = arrays((2, 3, 5, 4))
    (stream,), = NoiseSource(1).draw(numpy, [1])
    outcomes = []
    for noise in (stream, stream.array((2, 1, 5, 4), 'd')):
        averages = [average.copy() for average in running]
        variables = [Variable(array) for array in inputs[:4]]
        with chainer.using_config('train', train):
            y = spade_norm(*variables, noise, running_mean=averages[0], running_var=averages[1])
        y.grad = gy
        y.backward()
        outcomes.append([y.array, *averages, *(variable.grad for variable in variables)])
    for result, expected in zip(*outcomes):
        numpy.testing.assert_array_equal(result, expected)


def test_running_averages_may_move_on_before_backward():
    """A second call in test mode with other averages must not change the first one's gradient."""
    inputs, (mean, var), gy = arrays((1, 3, 5, 4))
    gradients = []
    for disturb in (False, True):
        x, running_mean, running_var = Variable(inputs[0]), mean.copy(), var.copy()
        with chainer.using_config('train', False):
            y = spade_norm(x, *inputs[1:], running_mean=running_mean, running_var=running_var)
        if disturb:
            running_mean += 1
            running_var *= 2
        y.grad = gy
        y.backward()
        gradients.append(x.grad)
    numpy.testing.assert_array_equal(*gradients)


def test_only_wanted_gradients_reach_their_inputs():
    inputs, (mean, var), _ = arrays((2, 3, 4, 4))
    noise_weight = Variable(inputs[3])
    y = spade_norm(*inputs[:3], noise_weight, inputs[4], running_mean=mean, running_var=var)
    functions.sum(y ** 2).backward()
    assert noise_weight.grad.shape == (1, 3, 1, 1)


def test_second_order_is_refused():
    inputs, (mean, var), _ = arrays((1, 2, 3, 3))
    x = Variable(inputs[0])
    y = spade_norm(x, *inputs[1:], running_mean=mean, running_var=var)
    gx, = chainer.grad([functions.sum(y ** 2)], [x], enable_double_backprop=True)
    with pytest.raises(NotImplementedError, match='spade_norm is differentiable once only'):
        functions.sum(gx).backward()


def test_arguments_are_checked():
    inputs, (mean, var), _ = arrays((1, 2, 3, 3))
    with pytest.raises(ValueError, match='noise and noise_weight belong together'):
        spade_norm(*inputs[:4], running_mean=mean, running_var=var)
    with pytest.raises(ValueError, match='slope is -0.1'):
        spade_norm(*inputs[:3], running_mean=mean, running_var=var, slope=-0.1)
