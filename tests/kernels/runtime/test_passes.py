"""The passes between convolutions on channels-last NumPy arrays: as the formulas, and in the layout that came in."""
import numpy
import pytest

from kernels import (
    batch_norm_act,
    bias_act,
    gradient_penalty,
    leaky_relu,
    losses,
    pixel_shuffle,
    resize,
    spade_norm,
)
from kernels.runtime import passes
from kernels.runtime.across import Statistics
from kernels.runtime.layout import is_channels_last

# The second shape's pixels fill no row evenly, the third has more channels than a row has numbers.
SHAPES = (3, 8, 6, 10), (2, 5, 7, 11), (1, 1028, 2, 3)
TOLERANCE = {'f': 1e-4, 'd': 1e-10}


@pytest.fixture(params=['whole', 'blocks'], autouse=True)
def block_size(request, monkeypatch):
    if request.param == 'blocks':
        monkeypatch.setattr(passes, 'BLOCK_SIZE', 64)
        monkeypatch.setattr(passes, 'ROW', 16)
        for module in (leaky_relu, losses, pixel_shuffle):
            monkeypatch.setattr(module.cpu, 'BLOCK', 64)


@pytest.fixture(params=SHAPES, ids=str)
def shape(request):
    return request.param


@pytest.fixture(params='fd')
def draw(request):
    """Draws channels-last images, or vectors."""
    random = numpy.random.default_rng(0)

    def draw(*shape):
        array = random.standard_normal(shape).astype(request.param)
        return last(array) if len(shape) == 4 else array

    return draw


def last(array):
    return numpy.array(array.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2)


def check(function, *arguments, **settings):
    """Compare with the reference; images, and arrays in which they are, have to be channels-last."""
    results, expected = (function(*arguments, **settings, impl=impl) for impl in (None, 'reference'))
    pairs = zip(results, expected) if isinstance(results, tuple) else [(results, expected)]
    for result, desired in pairs:
        if desired is None:
            assert result is None
            continue
        assert (result.shape, result.dtype) == (desired.shape, desired.dtype)
        if result.ndim == 4 and result.shape[1] > 1 < result.shape[2] * result.shape[3]:
            assert is_channels_last(result)
        tolerance = TOLERANCE[result.dtype.char] if result.dtype.kind == 'f' else 0
        numpy.testing.assert_allclose(result, desired, rtol=tolerance, atol=tolerance * max(1, abs(desired).max()))


@pytest.mark.parametrize('activation', bias_act.ACTIVATIONS)
def test_bias_act(draw, shape, activation):
    images, b = [draw(*shape) for _ in range(3)], draw(shape[1])
    check(bias_act.bias_act, images[0], b, activation)
    check(bias_act.bias_act, images[0], None, activation)
    check(bias_act.bias_act_gradient, *images[:2], activation, bias_dtype=b.dtype)
    check(bias_act.bias_act_double_gradient, *images, b, activation)
    check(bias_act.bias_gradient, images[0])


@pytest.mark.parametrize('fixed', [False, True])
@pytest.mark.parametrize('slope', [None, 0.2])
def test_batch_norm_act(draw, shape, fixed, slope):
    x, gy, ggx = (draw(*shape) for _ in range(3))
    gamma, beta, mean, gggamma, ggbeta = (draw(shape[1]) for _ in range(5))
    x += 10 * mean[:, None, None]
    running, how = Statistics(mean, beta ** 2 + 1), {'fixed': fixed, 'slope': slope}

    def forward(*arrays, impl=None):
        y, statistics = batch_norm_act.batch_norm_act(*arrays, running=running.copy(), impl=impl, **how)
        return y, *statistics

    check(forward, x, gamma, beta)
    y, *statistics = forward(x, gamma, beta)
    how['statistics'] = Statistics(*statistics)
    check(batch_norm_act.batch_norm_act_gradient, x, gamma, y, gy, **how)
    check(batch_norm_act.batch_norm_act_double_gradient, x, gamma, y, gy, ggx, gggamma, ggbeta, **how)


@pytest.mark.parametrize('fixed', [False, True])
@pytest.mark.parametrize('noisy', [False, True])
@pytest.mark.parametrize('slope', [None, 0.2])
def test_spade_norm(draw, shape, fixed, noisy, slope):
    x, gamma, beta, gy = (draw(*shape) for _ in range(4))
    mean = draw(shape[1])
    x += 10 * mean[:, None, None]
    noise = (draw(1, shape[1], 1, 1), draw(shape[0], 1, *shape[2:])) if noisy else (None, None)
    running, how = Statistics(mean, mean ** 2 + 1), {'fixed': fixed, 'slope': slope}

    def forward(*arrays, impl=None):
        y, statistics = spade_norm.modulate(*arrays, running=running.copy(), impl=impl, **how)
        return y, *statistics

    check(forward, x, gamma, beta, *noise)
    y, *statistics = forward(x, gamma, beta, *noise)
    check(spade_norm.modulate_gradient, x, gamma, y, gy, *noise, statistics=Statistics(*statistics), **how)


def test_leaky_relu(draw, shape):
    x, gy = draw(*shape), draw(*shape)
    check(leaky_relu.leaky_relu, x, 0.2)
    check(leaky_relu.leaky_relu_gradient, gy, x, 0.2)
    check(leaky_relu.leaky_relu_gradient, gy, numpy.ascontiguousarray(x), 0.2)


@pytest.mark.parametrize('slope', [None, 0.2])
def test_pixel_shuffle(draw, slope):
    x, bias, change, gy = draw(3, 8, 5, 7), draw(8), draw(3, 8, 5, 7), draw(3, 2, 10, 14)
    check(pixel_shuffle.pixel_shuffle, x, bias, slope)
    y = pixel_shuffle.pixel_shuffle(x, bias, slope)
    check(pixel_shuffle.pixel_shuffle_tangent, change, y, slope)
    check(pixel_shuffle.pixel_shuffle_gradient, gy, y, slope)


@pytest.mark.parametrize('mode', resize.MODES)
@pytest.mark.parametrize('size', [(18, 14), (70, 100), (4, 50), (80, 7)])
def test_resize(draw, mode, size):
    x, gy = draw(2, 5, 9, 40), draw(2, 5, *size)
    check(resize.resize, x, size, mode)
    check(resize.resize_gradient, gy, (9, 40), mode)


def test_losses(draw, shape):
    x, target = draw(*shape), draw(*shape)
    check(losses.absolute_difference, x, target)
    check(losses.absolute_difference, x, numpy.ascontiguousarray(target))
    for form in gradient_penalty.FORMS:
        check(gradient_penalty.gradient_penalty, x, form)


@pytest.mark.parametrize('impl, tolerance', [('cpu', 1e-6), (None, 2e-6)])
def test_a_mean_far_from_zero_costs_no_digits(impl, tolerance):
    """Merging blocks' sums of squares instead of their deviations would leave nothing of this variance.

    By default oneDNN computes it, which adds up in single precision.
    """
    x = last(numpy.random.default_rng(0).standard_normal((2, 4, 64, 64)).astype('f') + numpy.float32(1000))
    _, (mean, var) = spade_norm.modulate(x, x, x, impl=impl)
    wide = x.astype('d')
    numpy.testing.assert_allclose(mean, wide.mean((0, 2, 3)), rtol=tolerance)
    numpy.testing.assert_allclose(var, wide.var((0, 2, 3)), rtol=1e-4)
