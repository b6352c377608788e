"""The normalisation's threaded path against its reference, which is held to Chainer elsewhere."""
import numpy
import pytest

from kernels import spade_norm
from kernels.runtime import passes
from kernels.runtime.across import Statistics

SHAPES = [(1, 1, 1, 1), (3, 5, 7, 4), (1, 3, 9, 8), (2, 1, 16, 16)]


@pytest.fixture(params=['whole', 'blocks'], autouse=True)
def block_size(request, monkeypatch):
    if request.param == 'blocks':
        monkeypatch.setattr(passes, 'BLOCK_SIZE', 8)


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('slope', [None, 0.2, 0, 1, 1.5])
@pytest.mark.parametrize('with_noise', [False, True])
@pytest.mark.parametrize('fixed', [False, True])
@pytest.mark.parametrize(('dtype', 'tolerance'), [('f', 1e-3), ('d', 1e-9)])
def test_against_the_reference(shape, slope, with_noise, fixed, dtype, tolerance):
    compare(shape, slope, with_noise, fixed, dtype, tolerance, lambda array: array)


@pytest.mark.parametrize('shape', [*SHAPES, (2, 24, 16, 23)])
@pytest.mark.parametrize('slope', [None, 0.2, 0, 1])
@pytest.mark.parametrize('with_noise', [False, True])
@pytest.mark.parametrize('fixed', [False, True])
def test_channels_last(shape, slope, with_noise, fixed):
    compare(shape, slope, with_noise, fixed, 'f', 1e-3,
            lambda array: numpy.array(array.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2))


def compare(shape, slope, with_noise, fixed, dtype, tolerance, laid):
    random = numpy.random.default_rng(0)
    x, gamma, beta, gy = (laid(random.standard_normal(shape).astype(dtype)) for _ in range(4))
    noise = random.standard_normal((shape[0], 1, *shape[2:])).astype(dtype) if with_noise else None
    noise_weight = random.standard_normal((1, shape[1], 1, 1)).astype(dtype) if with_noise else None
    running = Statistics(x.mean((0, 2, 3)), x.var((0, 2, 3)) + 1)
    results = {}
    for impl in (None, 'reference'):
        how = {'fixed': fixed, 'slope': slope, 'impl': impl}
        y, found = spade_norm.modulate(x, gamma, beta, noise_weight, noise, running=running if fixed else None, **how)
        gradients = spade_norm.modulate_gradient(x, gamma, y, gy, noise_weight, noise, statistics=found, **how)
        results[impl] = y, *found, *gradients
    for result, expected in zip(results[None], results['reference']):
        if expected is None:
            assert result is None and not with_noise
            continue
        assert result.dtype == dtype
        numpy.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize('fixed', [False, True])
def test_channels_that_are_nearly_constant(fixed):
    """Variances of 0, below and above eps, at which gradients are damped."""
    random = numpy.random.default_rng(0)
    x, gamma, beta, gy = random.standard_normal((4, 2, 4, 6, 5))
    x *= numpy.array([0, 1e-4, 4e-3, 1])[:, None, None]
    noise, weight = random.standard_normal((2, 1, 6, 5)), numpy.zeros((1, 4, 1, 1))
    running = Statistics(x.mean((0, 2, 3)), x.var((0, 2, 3)))
    y, found = spade_norm.modulate(x, gamma, beta, weight, noise, running=running, fixed=fixed)
    for result, expected in zip(*(spade_norm.modulate_gradient(
            x, gamma, y, gy, weight, noise, statistics=found, fixed=fixed, impl=impl) for impl in (None, 'reference'))):
        numpy.testing.assert_allclose(result, expected, rtol=1e-9, atol=1e-9)


def test_statistics_of_large_offset():
    """A mean far from zero must not cost the variance its digits."""
    random = numpy.random.default_rng(0)
    x = (random.standard_normal((1, 4, 128, 128)) + 100).astype('f')
    zero = numpy.zeros_like(x)
    y, (mean, var) = spade_norm.modulate(x, zero, zero, slope=None)
    double = x.astype('d')
    numpy.testing.assert_allclose(mean, double.mean((0, 2, 3)), rtol=1e-6)
    numpy.testing.assert_allclose(var, double.var((0, 2, 3)), rtol=1e-4)
    numpy.testing.assert_allclose(y.std((0, 2, 3)), 1, rtol=1e-4)


def test_statistics_of_large_offset_channels_last():
    """By oneDNN, which sums up in single precision: a mean as exact as the reference's, and no worse variance."""
    random = numpy.random.default_rng(0)
    x = (random.standard_normal((1, 128, 128, 4)) + 100).astype('f').transpose(0, 3, 1, 2)
    _, (mean, var) = spade_norm.modulate(x, 0 * x, 0 * x, slope=None)
    numpy.testing.assert_allclose(mean, x.astype('d').mean((0, 2, 3)), rtol=1e-5)
    numpy.testing.assert_allclose(var, x.astype('d').var((0, 2, 3)), rtol=1e-4)


def test_fixed_statistics_have_to_be_given():
    x = numpy.zeros((1, 2, 3, 3), 'f')
    with pytest.raises(ValueError, match='running is None'):
        spade_norm.modulate(x, x, x, fixed=True)
