"""Gradients through channels that are constant, or nearly: bounded however many normalisations follow each other."""
import numpy
import pytest

from kernels import batch_norm_act, spade_norm
from kernels.runtime.across import Statistics

EPS, LAYERS = 2e-5, 14


@pytest.mark.parametrize('dtype', ['e', 'f', 'd'])
def test_ordinary_variances_have_the_derivative(dtype):
    statistics = Statistics(numpy.zeros(3, dtype), numpy.array([2e-4, 1, 7], dtype))
    numpy.testing.assert_array_equal(statistics.gain(EPS), statistics.inverse_deviation(EPS))


def test_small_variances_are_damped_unless_they_are_fixed():
    statistics = Statistics(numpy.zeros(3), numpy.array([0, EPS / 4, EPS]))
    inverse = statistics.inverse_deviation(EPS)
    numpy.testing.assert_allclose(statistics.gain(EPS), inverse * [0, 0.25, 1])
    numpy.testing.assert_array_equal(statistics.gain(EPS, fixed=True), inverse)


def normalised_by_spade(x, random, impl):
    """One layer forward, and what takes a gradient back through it."""
    gamma, beta, noise = (random.normal(size=shape).astype('f') for shape in (x.shape, x.shape, (1, 1, *x.shape[2:])))
    weight = numpy.zeros((1, x.shape[1], 1, 1), 'f')
    beta[...] = beta[:, :, :1, :1]
    y, found = spade_norm.modulate(x, gamma, beta, weight, noise, impl=impl)

    def back(gy):
        gx, *_, gnoise_weight = spade_norm.modulate_gradient(x, gamma, y, gy, weight, noise, statistics=found,
                                                             impl=impl)
        return gx, gnoise_weight
    return y, back


def normalised_by_batch(x, random, impl):
    gamma, beta = random.normal(size=(2, x.shape[1])).astype('f')
    running = Statistics(*numpy.ones((2, x.shape[1]), 'f'))
    y, found = batch_norm_act.batch_norm_act(x, gamma, beta, running=running, impl=impl)

    def back(gy):
        how = {'statistics': found, 'impl': impl}
        gx, *_ = batch_norm_act.batch_norm_act_gradient(x, gamma, y, gy, **how)
        ggx, *_ = batch_norm_act.batch_norm_act_double_gradient(x, gamma, y, gy, gy, **how)
        return gx, ggx
    return y, back


@pytest.mark.parametrize('impl', [None, 'reference'])
@pytest.mark.parametrize('layer', [normalised_by_spade, normalised_by_batch])
@pytest.mark.parametrize('spread', [0, 1e-30, 1e-12, 1e-6, 1e-3])
def test_a_chain_of_normalisations_does_not_explode(impl, layer, spread, random):
    """Without the damping the gradient grows by 1 / sqrt(eps) = 224 a layer, to 1e32."""
    x = (0.5 + spread * random.normal(size=(1, 4, 8, 8))).astype('f')
    backs = []
    for _ in range(LAYERS):
        x, back = layer(x, random, impl)
        backs.append(back)
    gradient = random.normal(size=x.shape).astype('f')
    for back in reversed(backs):
        gradient, other = back(gradient)
        assert abs(other).max() < 1e9
    assert abs(gradient).max() < 1e6


def channels_last(array):
    return numpy.ascontiguousarray(array.transpose(0, 2, 3, 1), numpy.float32).transpose(0, 3, 1, 2)


@pytest.mark.parametrize('fixed', [False, True])
def test_engines_damp_alike(fixed):
    """In single precision, images channels-last, as a training on a CPU has them, against the formula in double."""
    random = numpy.random.default_rng(0)
    x, y, gy, ggx = random.standard_normal((4, 2, 4, 6, 5)).astype(numpy.float32).astype(numpy.float64)
    x *= numpy.array([0, 2.0 ** -13, 2.0 ** -8, 1])[:, None, None]
    gamma, gggamma, ggbeta = random.standard_normal((3, 4)).astype(numpy.float32).astype(numpy.float64)
    statistics = Statistics(x.mean((0, 2, 3)), x.var((0, 2, 3)))
    narrow = Statistics(*(vector.astype(numpy.float32) for vector in statistics))

    def both(function, images, vectors, **settings):
        wide = function(*images, *vectors, statistics=statistics, fixed=fixed, impl='reference', **settings)
        small = function(*map(channels_last, images), *(vector.astype(numpy.float32) for vector in vectors),
                         statistics=narrow, fixed=fixed, **settings)
        for result, expected in zip(small, wide):
            if expected is not None:
                numpy.testing.assert_allclose(result, expected, rtol=2e-4, atol=2e-4 * numpy.abs(expected).max())

    def gradient(x, y, gy, gamma, **settings):
        return batch_norm_act.batch_norm_act_gradient(x, gamma, y, gy, **settings)

    def double_gradient(x, y, gy, ggx, gamma, p, q, **settings):
        return batch_norm_act.batch_norm_act_double_gradient(x, gamma, y, gy, ggx, p, q, **settings)

    def modulation(x, gamma, y, gy, **settings):
        return spade_norm.modulate_gradient(x, gamma, y, gy, None, None, **settings)

    both(gradient, (x, y, gy), (gamma,))
    both(double_gradient, (x, y, gy, ggx), (gamma, gggamma, ggbeta))
    both(modulation, (x, ggx, y, gy), ())
