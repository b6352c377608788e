"""Passes by oneDNN against NumPy in double precision, in both layouts."""
import sys

import numpy
import pytest

from kernels.runtime.across import Statistics
from kernels.runtime.onednn import images, implementation

pytestmark = pytest.mark.skipif(sys.platform == 'darwin', reason='oneDNN has no package for macOS')
EPS = 1e-3
# Odd sizes; more numbers than one thread takes.
SHAPES = [(2, 5, 3, 4), (1, 1, 1, 1), (3, 40, 16, 17)]


@pytest.fixture(params=['first', 'last'])
def laid(request):
    """Puts channels first or last."""
    return (lambda array: array) if request.param == 'first' else channels_last


def channels_last(array):
    return numpy.array(array.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2)


def drawn(random, shape, laid, count):
    return [laid(random.normal(size=shape).astype('f')) for _ in range(count)]


@pytest.mark.parametrize('shape', SHAPES)
def test_steps_in_one_pass(random, laid, shape):
    x, a, b, out = drawn(random, shape, laid, 4)
    vector = random.normal(size=shape[1]).astype('f')
    result = images.compute(out, x, ('subtract', vector), ('multiply', a), ('leaky_relu', 0.1), ('add', b))
    product = (x.astype('d') - vector[:, None, None]) * a
    numpy.testing.assert_allclose(result, numpy.maximum(product, 0.1 * product) + b, atol=1e-5)
    assert result is out
    images.compute(x, x, ('add', x))
    numpy.testing.assert_allclose(x, 2 * (x / 2))


@pytest.mark.parametrize('shape', SHAPES)
def test_leaky_relu_and_its_gradient(random, laid, shape):
    x, gy, out = drawn(random, shape, laid, 3)
    y = images.leaky_relu(x, 0.25, out).copy(order='K')
    numpy.testing.assert_array_equal(y, numpy.where(x > 0, x, x / 4))
    numpy.testing.assert_array_equal(images.leaky_relu_gradient(y, gy, 0.25, out), numpy.where(x > 0, gy, gy / 4))


def test_product_is_added(random):
    x, out = drawn(random, (2, 5, 3, 4), channels_last, 2)
    pixels, channels = random.normal(size=(2, 1, 3, 4)).astype('f'), random.normal(size=5).astype('f')
    numpy.testing.assert_allclose(images.add_product(out, x, pixels, channels),
                                  x + pixels.astype('d') * channels[:, None, None], atol=1e-6)


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('fixed', [False, True])
def test_normalisation_and_its_gradient(random, laid, shape, fixed):
    x, gy, out = drawn(random, shape, laid, 3)
    scale, shift = (random.normal(size=shape[1]).astype('f') for _ in range(2))
    given = Statistics(shift + 1, scale ** 2 + 1) if fixed else None
    used = images.normalize(x, given, EPS, out, scale, shift)
    wide = x.astype('d')
    mean, variance = given or (wide.mean((0, 2, 3)), wide.var((0, 2, 3)))
    for found, expected in zip(used, (mean, variance)):
        numpy.testing.assert_allclose(found, expected, atol=1e-5)
    inverse = 1 / numpy.sqrt(variance + EPS)[:, None, None]
    normal = (wide - mean[:, None, None]) * inverse
    numpy.testing.assert_allclose(out, normal * scale[:, None, None] + shift[:, None, None], atol=1e-4)
    gscale, gshift = images.normalize_gradient(x, gy, used, fixed, EPS, gy_out := gy.copy(order='K'), scale)
    g = gy.astype('d')
    numpy.testing.assert_allclose(gscale, (g * normal).sum((0, 2, 3)), atol=1e-3)
    numpy.testing.assert_allclose(gshift, g.sum((0, 2, 3)), atol=1e-3)
    if not fixed:
        g = g - g.mean((0, 2, 3), keepdims=True) - normal * (g * normal).mean((0, 2, 3), keepdims=True)
    numpy.testing.assert_allclose(gy_out, g * inverse * scale[:, None, None], atol=1e-4 * abs(inverse).max())


def test_who_computes(random):
    """oneDNN takes what its convolutions make; others stay with NumPy's passes."""
    x, = drawn(random, (2, 5, 3, 4), channels_last, 1)
    assert implementation(None, x) == 'onednn'
    assert implementation(None, numpy.ascontiguousarray(x)) == 'cpu'
    assert implementation(None, numpy.ascontiguousarray(x), any_layout=True) == 'onednn'
    assert implementation(None, x.astype('d')) == 'cpu'
    assert implementation('cpu', x) == 'cpu'
