import chainer
import numpy
import pytest
from chainer import functions, gradient_check

from spade_anime.functions.attention import attention_softmax

SHAPES = [(1, 1, 1), (3, 1, 5), (2, 4, 3)]


@pytest.mark.parametrize('shape', SHAPES)
def test_as_chainers_softmax(random, shape):
    x = (3 * random.normal(size=shape)).astype('f')
    for scale in (1, 0.5):
        expected = functions.softmax(scale * x, axis=1)
        numpy.testing.assert_allclose(attention_softmax(x, scale).array, expected.array, rtol=1e-5)


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('scale', [1, 0.5])
def test_gradients(random, shape, scale):
    x, gy, ggx = random.normal(size=(3, *shape))

    def function(x):
        return attention_softmax(x, scale)

    gradient_check.check_backward(function, x, gy, dtype='d', atol=1e-6)
    gradient_check.check_double_backward(function, x, gy, ggx, dtype='d', atol=1e-5)


def test_third_gradient_is_refused(random):
    variables = [chainer.Variable(random.normal(size=(1, 2, 3)))]
    y = attention_softmax(variables[0]) ** 2
    for _ in range(2):
        y, = chainer.grad([functions.sum(y ** 2)], variables, enable_double_backprop=True)
    with pytest.raises(RuntimeError, match='twice, not three times'):
        functions.sum(y).backward()
