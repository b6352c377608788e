import numpy
import pytest
from chainer import Variable

from kernels.addition import add
from kernels.runtime.layout import is_channels_last


def drawn(random, count):
    return [random.normal(size=(2, 3, 4, 5)) for _ in range(count)]


@pytest.mark.parametrize('count', [2, 3, 4])
@pytest.mark.parametrize('which', [None, 0, 1])
def test_sum_and_layout(random, count, which):
    arrays = drawn(random, count)
    expected = sum(arrays)
    if which is not None:
        arrays[which] = numpy.array(arrays[which].transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2)
    total = add(*arrays)
    numpy.testing.assert_allclose(total, expected, rtol=1e-12)
    assert is_channels_last(total) == (which == 0) or which == 1


@pytest.mark.gpu
def test_chainers_sums_keep_the_layout_on_a_gpu(random):
    import cupy
    a, b, c = (Variable(cupy.asarray(array.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2))
               for array in drawn(random, 3))
    total = a + b
    assert is_channels_last(total.array)
    # Three ways to one variable.
    loss = (total + a * c + a).array
    cupy.testing.assert_allclose(loss, 2 * a.array + b.array + a.array * c.array, rtol=1e-12)
    assert is_channels_last(loss)


def test_broadcasting_and_numbers_are_chainers(random):
    x, = drawn(random, 1)
    last = Variable(numpy.array(x.transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2))
    numpy.testing.assert_allclose((last + 1).array, x + 1)
    scalar = Variable(numpy.array(2.0))
    assert isinstance((scalar + scalar).array, numpy.ndarray)


@pytest.mark.parametrize('count', [2, 3])
@pytest.mark.parametrize('channels_last', [False, True])
def test_large_sums_on_all_cores(random, count, channels_last):
    shape = (2, 40, 32, 32)
    arrays = [random.normal(size=shape).astype('f') for _ in range(count)]
    expected = sum(array.astype('d') for array in arrays)
    if channels_last:
        arrays[-1] = numpy.array(arrays[-1].transpose(0, 2, 3, 1), order='C').transpose(0, 3, 1, 2)
    total = add(*arrays)
    numpy.testing.assert_allclose(total, expected, atol=1e-5)
    assert is_channels_last(total) == channels_last
