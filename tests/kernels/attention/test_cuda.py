"""The attention softmax's kernels and its CPU paths against the formulas in double precision, a column at a time."""
import numpy
import pytest
from cuda_arrays import assert_close

from kernels.attention import softmax, softmax_gradient, softmax_second_gradient

TOLERANCE = {'f': 3e-6, 'e': 2e-3, 'd': 1e-12}
# One number; one row; one column; odd; more tiles than two blocks take at once, and more rows than threads share.
SHAPES = [(1, 1, 1), (3, 1, 5), (2, 40, 1), (1, 7, 17), (3, 33, 50)]
SCALE = 0.7


def by_hand(x, gy, ggx):
    """Softmax, its gradient and the second one, by the Jacobian of each column."""
    results = [numpy.empty(x.shape) for _ in range(3)]
    for b, j in numpy.ndindex(x.shape[0], x.shape[2]):
        column, g, gg = (array[b, :, j].astype('d') for array in (x, gy, ggx))
        y = numpy.exp(SCALE * (column - column.max()))
        y /= y.sum()
        jacobian = SCALE * (numpy.diag(y) - numpy.outer(y, y))
        by_y = SCALE * (gg * g - gg * (y @ g) - (gg @ y) * g)
        for result, value in zip(results, (y, jacobian @ g, by_y)):
            result[b, :, j] = value
    return results


def check(device, x, gy, ggx, impl='cuda'):
    y = softmax(x, SCALE, impl)
    found = y, softmax_gradient(y, gy, SCALE, impl), softmax_second_gradient(y, gy, ggx, SCALE, impl)
    for actual, desired in zip(found, by_hand(*(device.numpy(array) for array in (x, gy, ggx)))):
        assert_close(device, actual, desired, 5 * TOLERANCE[x.dtype.char])
        assert actual.dtype == x.dtype and actual.flags.c_contiguous


def draw(random, shape, dtype):
    return (3 * random.normal(size=(3, *shape))).astype(dtype)


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
def test_shapes(device, random, shape, dtype):
    check(device, *(device.array(array) for array in draw(random, shape, dtype)))


@pytest.mark.parametrize('impl', [None, 'reference'])
@pytest.mark.parametrize('dtype', ['f', 'd'])
def test_on_a_cpu(emulator, random, impl, dtype):
    check(emulator, *draw(random, (3, 33, 50), dtype), impl)


def test_views(device, random):
    arrays = [device.array(array) for array in draw(random, (4, 20, 30), 'f')]
    check(device, *(array[::2, ::-1, 1:] for array in arrays))
    check(device, *(array.T for array in arrays))
    check(device, *(array.reshape(-1)[1:1 + 7 * 33].reshape(1, 7, 33) for array in arrays))


def test_scores_that_are_great(device):
    x = device.array(numpy.array([[[3e4, -3e4, -numpy.inf], [-3e4, -3e4, 2]]], 'f'))
    numpy.testing.assert_array_equal(device.numpy(softmax(x, impl='cuda')), [[[1, .5, 0], [0, .5, 1]]])


def test_what_is_refused(device, random):
    x, gy, ggx = (device.array(array) for array in draw(random, (2, 3, 4), 'f'))
    for wrong in (x[0], x[:0]):
        with pytest.raises(ValueError, match='has to be .B, I, J.'):
            softmax(wrong, impl='cuda')
    with pytest.raises(ValueError, match=r'gy is float32\(1, 3, 4\); it has to be float32\(2, 3, 4\) as y'):
        softmax_gradient(x, gy[:1], impl='cuda')
    with pytest.raises(ValueError, match=r'ggx is float32\(1, 3, 4\)'):
        softmax_second_gradient(x, gy, ggx[:1], impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        softmax(x.astype('d'), impl='cuda')


def test_under_sanitizers(sanitizer, random):
    check(sanitizer, *draw(random, (1, 19, 21), 'f'))
