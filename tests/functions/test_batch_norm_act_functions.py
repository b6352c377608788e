"""Batch normalisation with its activation against Chainer's functions, to the second order."""
import chainer
import numpy
import pytest
from chainer import Variable, functions, gradient_check

from kernels import batch_norm_act as kernels
from spade_anime.functions.batch_norm_act import batch_norm_act

SHAPES = [(1, 1, 1, 1), (1, 3, 5, 4), (3, 2, 4, 4), (2, 1, 7, 3)]
EPS, DECAY = 2e-5, 0.9


def draw(shape, dtype='d'):
    """x, gamma, beta; running mean and variance; output gradient."""
    random = numpy.random.default_rng(0)
    x, gy = (random.standard_normal(shape).astype(dtype) for _ in range(2))
    gamma, beta, mean = (random.standard_normal(shape[1]).astype(dtype) for _ in range(3))
    return [x, gamma, beta], [mean, 1 + random.random(shape[1]).astype(dtype)], gy


def composed(x, gamma, beta, *, running_mean, running_var, slope=0.2):
    """The same of Chainer's functions."""
    if chainer.config.train:
        y = functions.batch_normalization(x, gamma, beta, eps=EPS, running_mean=running_mean,
                                          running_var=running_var, decay=DECAY)
    else:
        y = functions.fixed_batch_normalization(x, gamma, beta, running_mean, running_var, EPS)
    return y if slope is None else functions.leaky_relu(y, slope)


@pytest.fixture(params=['cpu', 'reference'])
def way(request, monkeypatch):
    """Both ways of computing on the CPU."""
    if request.param == 'reference':
        monkeypatch.setattr(kernels, 'implementation', lambda *_, **settings: 'reference')


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('train', [True, False])
@pytest.mark.parametrize('slope', [None, 0.2, 0.0])
@pytest.mark.parametrize(('dtype', 'tolerance'), [('f', 2e-3), ('d', 1e-8)])
@pytest.mark.filterwarnings('ignore:A batch with no more than one sample')
def test_against_chainer(way, shape, train, slope, dtype, tolerance):
    """Output, averages, gradients, and the gradients of a penalty on all of these gradients."""
    inputs, running, gy = draw(shape, dtype)
    outcomes = []
    for function in (batch_norm_act, composed):
        variables = [Variable(array) for array in (*inputs, gy)]
        mean, var = (array.copy() for array in running)
        with chainer.using_config('train', train):
            y = function(*variables[:3], running_mean=mean, running_var=var, slope=slope)
            first = chainer.grad([y], variables[:3], [variables[3]], enable_double_backprop=True)
            sum(functions.sum((i + 1) * functions.sin(gradient)) for i, gradient in enumerate(first)).backward()
        assert y.dtype == dtype
        second = [variable.grad for i, variable in enumerate(variables) if i != 2]
        outcomes.append([y.array, mean, var, *(gradient.array for gradient in first), *second])
    for result, expected in zip(*outcomes):
        # A single pixel's deviation is that of eps alone, and rounding is as much larger.
        scale = max(1, abs(expected).max()) * (50 if shape == SHAPES[0] else 1)
        numpy.testing.assert_allclose(result, expected, atol=tolerance * scale, rtol=0)


@pytest.mark.parametrize('shape', [(1, 3, 5, 4), (3, 2, 4, 4)])
@pytest.mark.parametrize('train', [True, False])
def test_gradients(way, shape, train):
    inputs, (mean, var), gy = draw(shape)
    second = numpy.random.default_rng(1)
    ggs = [second.standard_normal(array.shape) for array in inputs]

    def function(x, gamma, beta):
        return batch_norm_act(x, gamma, beta, running_mean=mean.copy(), running_var=var.copy())

    options = {'dtype': 'd', 'eps': 1e-5, 'atol': 1e-4, 'rtol': 1e-4}
    with chainer.using_config('train', train):
        gradient_check.check_backward(function, inputs, gy, **options)
        gradient_check.check_double_backward(function, inputs, gy, ggs, **options)


SIZES = 3, 1, 2
"""Images of three batches in one array."""


def one_by_one(x, gamma, beta, **settings):
    """The same by a call for each batch."""
    ends = numpy.cumsum(SIZES)[:-1]
    return functions.concat([batch_norm_act(part, gamma, beta, **settings)
                             for part in functions.split_axis(x, ends, axis=0)], axis=0)


@pytest.mark.parametrize('train', [True, False])
@pytest.mark.parametrize('dtype', ['f', 'd'])
@pytest.mark.parametrize('last', [False, True])
def test_each_of_several_batches_is_normalised_as_if_alone(way, train, dtype, last):
    """Image and averages to the bit, gradients but for the order of sums."""
    inputs, running, gy = draw((sum(SIZES), 3, 5, 4), dtype)
    if last:
        inputs[0] = numpy.ascontiguousarray(inputs[0].transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    outcomes = []
    for function, settings in ((batch_norm_act, {'batches': SIZES}), (one_by_one, {})):
        variables, averages = list(map(Variable, inputs)), [array.copy() for array in running]
        with chainer.using_config('train', train):
            y = function(*variables, running_mean=averages[0], running_var=averages[1], **settings)
        y.grad = gy
        y.backward()
        outcomes.append([[y.array, *averages, variables[0].grad], [variable.grad for variable in variables[1:]]])
    for result, expected in zip(outcomes[0][0], outcomes[1][0]):
        numpy.testing.assert_array_equal(result, expected)
    for result, expected in zip(outcomes[0][1], outcomes[1][1]):
        numpy.testing.assert_allclose(result, expected, rtol={'f': 1e-5, 'd': 1e-12}[dtype])


@pytest.mark.parametrize('train', [True, False])
def test_gradients_of_several_batches(way, train):
    inputs, (mean, var), gy = draw((6, 2, 4, 3))

    def function(x, gamma, beta):
        return batch_norm_act(x, gamma, beta, running_mean=mean.copy(), running_var=var.copy(), batches=SIZES)

    with chainer.using_config('train', train):
        gradient_check.check_backward(function, inputs, gy, dtype='d', eps=1e-5, atol=1e-4, rtol=1e-4)


def test_several_batches_are_refused_where_they_do_not_fit_and_to_the_second_order():
    inputs, (mean, var), _ = draw((6, 2, 4, 3))
    with pytest.raises(ValueError, match=r'x has 6 images; batches of \[3, 2\] are 5'):
        batch_norm_act(*inputs, running_mean=mean, running_var=var, batches=(3, 2))
    x = Variable(inputs[0])
    y = batch_norm_act(x, *inputs[1:], running_mean=mean, running_var=var, batches=SIZES)
    gradient, = chainer.grad([functions.sum(y ** 2)], [x], enable_double_backprop=True)
    with pytest.raises(NotImplementedError, match='batch_norm_act of several batches is differentiable once only'):
        functions.sum(gradient ** 2).backward()


def test_single_gradients_of_the_first_order():
    """A penalty on the gradient by gamma alone: nothing comes to that by x."""
    outcomes = []
    for function in (batch_norm_act, composed):
        inputs, (mean, var), _ = draw((2, 3, 4, 4))
        variables = [Variable(array) for array in inputs]
        y = function(*variables, running_mean=mean, running_var=var)
        gradient, = chainer.grad([functions.sum(y ** 2)], variables[1:2], enable_double_backprop=True)
        functions.sum(gradient ** 2).backward()
        outcomes.append(variables[0].grad)
    numpy.testing.assert_allclose(*outcomes, atol=1e-8)


def test_running_averages_may_move_on_before_backward():
    """A second call in test mode with other averages must not change the first one's gradient."""
    inputs, (mean, var), gy = draw((1, 3, 5, 4))
    gradients = []
    for disturb in (False, True):
        x, running_mean, running_var = Variable(inputs[0]), mean.copy(), var.copy()
        with chainer.using_config('train', False):
            y = batch_norm_act(x, *inputs[1:], running_mean=running_mean, running_var=running_var)
        if disturb:
            running_mean += 1
            running_var *= 2
        y.grad = gy
        y.backward()
        gradients.append(x.grad)
    numpy.testing.assert_array_equal(*gradients)


def test_third_order_is_refused():
    inputs, (mean, var), _ = draw((1, 2, 3, 3))
    x = Variable(inputs[0])
    y = batch_norm_act(x, *inputs[1:], running_mean=mean, running_var=var)
    gradient = functions.sum(y ** 3)
    for _ in range(2):
        gradient, = chainer.grad([functions.sum(gradient ** 2)], [x], enable_double_backprop=True)
    with pytest.raises(NotImplementedError, match='batch_norm_act is differentiable twice only'):
        functions.sum(gradient ** 2).backward()
