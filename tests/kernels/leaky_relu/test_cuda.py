import numpy
import pytest
from cuda_arrays import layouts, lies_alike

from kernels.leaky_relu import leaky_relu, leaky_relu_gradient

SLOPE = 0.2
TOLERANCE = {'f': 1e-6, 'e': 1e-3}
# Half the step between halves next to zero.
TINY = 2 ** -25


def check(device, x, gy):
    """Forward and gradient against the reference in double precision."""
    y = leaky_relu(x, SLOPE, impl='cuda')
    gx = leaky_relu_gradient(gy, y, SLOPE, impl='cuda')
    expected = leaky_relu(x.astype('d'), SLOPE, impl='reference')
    expected_gx = leaky_relu_gradient(gy.astype('d'), expected, SLOPE, impl='reference')
    for actual, desired in ((y, expected), (gx, expected_gx)):
        numpy.testing.assert_allclose(device.numpy(actual), device.numpy(desired), TOLERANCE[x.dtype.char], TINY)
    assert (y.shape, y.dtype, gx.shape, gx.dtype) == (x.shape, x.dtype) * 2


def draw(device, random, dtype, *shape):
    return device.array(random.normal(size=(2, *shape)).astype(dtype))


@pytest.mark.parametrize('dtype', ['f', 'e'])
# One element; odd sizes; as many as a block has; packs and a rest in more turns than the two blocks take at once.
@pytest.mark.parametrize('shape', [(1,), (3, 1, 5, 7), (256,), (3, 5, 50, 13)])
def test_shapes(device, random, dtype, shape):
    check(device, *draw(device, random, dtype, *shape))


@pytest.mark.parametrize('dtype', ['f', 'e'])
def test_views(device, random, dtype):
    x, gy = draw(device, random, dtype, 1025)
    check(device, x[1:], gy[:-1])
    x, gy = draw(device, random, dtype, 6, 7, 8)
    check(device, x[::2, :, 1:].T, gy[::2, :, 1:].T)


def test_layout_is_kept(device, random):
    for images in layouts(device, *draw(device, random, 'f', 2, 3, 5, 4)):
        check(device, *images)
        assert lies_alike(leaky_relu(images[0], SLOPE, impl='cuda'), images[0])


def test_sign_of_zero_and_what_is_not_finite(device):
    x = device.array(numpy.array([0., -0., numpy.inf, -numpy.inf, numpy.nan], 'f'))
    numpy.testing.assert_array_equal(*(device.numpy(leaky_relu(x, SLOPE, impl)) for impl in ('cuda', 'reference')))


def test_under_sanitizers(sanitizer, random):
    x, gy = draw(sanitizer, random, 'f', 2083)
    check(sanitizer, x, gy)
    check(sanitizer, x[1:], gy[1:])
