import numpy
import pytest
from chainer import gradient_check

from kernels.leaky_relu import leaky_relu as kernel
from kernels.leaky_relu import leaky_relu_gradient
from spade_anime.functions.leaky_relu import leaky_relu

SHAPES = [(1,), (3, 1, 5, 7), (2, 3, 200, 201)]


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('dtype', ['f', 'd'])
def test_against_the_definition(random, shape, dtype):
    x, gy = random.normal(size=shape).astype(dtype), random.normal(size=shape).astype(dtype)
    y = leaky_relu(x, 0.2).array
    expected = numpy.array([v if v > 0 else 0.2 * v for v in x.ravel()]).reshape(shape)
    numpy.testing.assert_allclose(y, expected, rtol=1e-6)
    assert y.dtype == x.dtype
    numpy.testing.assert_allclose(kernel(x, 0.2, impl='reference'), y, rtol=1e-6)
    numpy.testing.assert_allclose(leaky_relu_gradient(gy, y, 0.2), leaky_relu_gradient(gy, y, 0.2, impl='reference'),
                                  rtol=1e-5)


def test_input_that_is_not_contiguous(random):
    x = random.normal(size=(4, 6)).astype('f').T
    numpy.testing.assert_array_equal(kernel(x, 0.2), kernel(x.copy(), 0.2))


def test_gradients(random):
    x = random.choice([-1, 1], (2, 3, 4)) * random.uniform(0.5, 1, (2, 3, 4))
    gy, ggx = random.normal(size=(2, 2, 3, 4))
    gradient_check.check_backward(leaky_relu, x, gy, dtype='d')
    gradient_check.check_double_backward(leaky_relu, x, gy, ggx, dtype='d')
