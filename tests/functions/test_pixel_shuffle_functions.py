import numpy
import pytest
from chainer import functions, gradient_check

from spade_anime.functions.pixel_shuffle import pixel_shuffle

SHAPES = [(1, 4, 1, 1), (3, 4, 3, 5), (2, 12, 2, 3)]


@pytest.mark.parametrize('shape', SHAPES)
def test_as_chainers_depth_to_space(random, shape):
    x, bias = random.normal(size=shape).astype('f'), random.normal(size=shape[1]).astype('f')
    expected = functions.depth2space(x + bias[:, None, None], 2)
    numpy.testing.assert_array_equal(pixel_shuffle(x, bias).array, expected.array)
    numpy.testing.assert_allclose(pixel_shuffle(x, bias, 0.2).array, functions.leaky_relu(expected).array)


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('with_bias', [True, False])
@pytest.mark.parametrize('slope', [None, 0.2])
def test_gradients(random, shape, with_bias, slope):
    batch, channels, height, width = shape
    x = random.choice([-1, 1], shape) * random.uniform(0.5, 1, shape)
    bias = random.uniform(-0.2, 0.2, channels)
    gy = random.normal(size=(batch, channels // 4, 2 * height, 2 * width))
    inputs, ggs = ((x, bias), (random.normal(size=shape), random.normal(size=channels))) if with_bias else \
        ((x,), (random.normal(size=shape),))

    def function(*inputs):
        return pixel_shuffle(*inputs, slope=slope)

    gradient_check.check_backward(function, inputs, gy, dtype='d', atol=1e-6)
    gradient_check.check_double_backward(function, inputs, gy, ggs, dtype='d', atol=1e-5)
