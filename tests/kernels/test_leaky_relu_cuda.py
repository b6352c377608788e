import numpy
import pytest

from kernels.leaky_relu import leaky_relu, leaky_relu_gradient

SLOPE = 0.2
TOLERANCE = {'f': 1e-6, 'e': 1e-3}
# Half the step between halves next to zero.
TINY = 2 ** -25


def check(x, gy):
    """Forward and gradient against the reference in double precision."""
    tolerance = TOLERANCE[x.dtype.char]
    y = leaky_relu(x, SLOPE, impl='cuda')
    numpy.testing.assert_allclose(y, leaky_relu(x.astype('d'), SLOPE, impl='reference'), rtol=tolerance, atol=TINY)
    gx = leaky_relu_gradient(gy, y, SLOPE, impl='cuda')
    expected = leaky_relu_gradient(gy.astype('d'), y.astype('d'), SLOPE, impl='reference')
    numpy.testing.assert_allclose(gx, expected, rtol=tolerance, atol=TINY)
    assert (y.shape, y.dtype, gx.shape, gx.dtype) == (x.shape, x.dtype) * 2


def draw(random, dtype, *shape):
    return random.normal(size=(2, *shape)).astype(dtype)


@pytest.mark.parametrize('dtype', ['f', 'e'])
# One element; odd sizes; as many as a block has; packs and a rest in more turns than the two blocks take at once.
@pytest.mark.parametrize('shape', [(1,), (3, 1, 5, 7), (256,), (3, 5, 50, 13)])
def test_shapes(emulator, random, dtype, shape):
    check(*draw(random, dtype, *shape))


@pytest.mark.parametrize('dtype', ['f', 'e'])
def test_views(emulator, random, dtype):
    x, gy = draw(random, dtype, 1025)
    check(x[1:], gy[:-1])
    x, gy = draw(random, dtype, 6, 7, 8)
    check(x[::2, :, 1:].T, gy[::2, :, 1:].T)


def test_sign_of_zero_and_what_is_not_finite(emulator):
    x = numpy.array([0., -0., numpy.inf, -numpy.inf, numpy.nan], 'f')
    numpy.testing.assert_array_equal(leaky_relu(x, SLOPE, impl='cuda'), leaky_relu(x, SLOPE, impl='reference'))


def test_under_sanitizers(sanitizer, random):
    x, gy = draw(random, 'f', 2083)
    check(x, gy)
    check(x[1:], gy[1:])
