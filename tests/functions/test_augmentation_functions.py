"""Changes of colour and place: what they do, and that they can be differentiated twice."""
import numpy
import pytest
from chainer import gradient_check

from spade_anime.functions.augmentation import recolor, squares, translate

CHROMA, GREY, OFFSET = (numpy.array(numbers) for numbers in ([0.5, 1.5], [0.3, -0.2], [0.1, -0.4]))


def test_recolor_is_a_matrix_a_pixel(random):
    x = random.normal(size=(2, 3, 4, 5)).astype('f')
    y = recolor(x, CHROMA, GREY, OFFSET)
    assert y.dtype == numpy.float32
    for i in range(2):
        matrix = CHROMA[i] * numpy.eye(3) + GREY[i] / 3
        expected = numpy.tensordot(matrix, x[i], 1) + OFFSET[i]
        numpy.testing.assert_allclose(y.array[i], expected, atol=1e-5)


@pytest.mark.parametrize('down, right', [(0, 0), (2, -1), (-3, 4), (0, 5), (-4, 0), (9, 9)])
def test_translation_moves_each_sample_by_its_own(random, down, right):
    x = random.normal(size=(2, 3, 4, 5)).astype('f')
    y = translate(x, numpy.array([[down, right], [1, 0]])).array
    expected = numpy.zeros_like(x)
    for row in range(4):
        for column in range(5):
            if 0 <= row - down < 4 and 0 <= column - right < 5:
                expected[0, :, row, column] = x[0, :, row - down, column - right]
    expected[1, :, 1:] = x[1, :, :-1]
    numpy.testing.assert_array_equal(y, expected)
    assert y.dtype == numpy.float32


def test_squares_are_cut_by_the_border():
    mask = squares(numpy.array([[2, 3], [0, 5]]), 2, (4, 5))
    assert mask.shape == (2, 1, 4, 5)
    assert (~mask[0, 0]).nonzero()[0].tolist() == [row for row in range(4) for _ in range(4)]
    assert (~mask[1, 0]).sum() == 2 * 2 and not mask[1, 0, :2, 3:].any()


@pytest.mark.parametrize('function', [
    lambda x: recolor(x, CHROMA, GREY, OFFSET), lambda x: translate(x, numpy.array([[1, -2], [-1, 0]]))])
def test_gradients(random, function):
    x, ggx, gy = random.normal(size=(3, 2, 3, 4, 5))
    gradient_check.check_backward(function, x, gy, dtype='d')
    gradient_check.check_double_backward(lambda x: function(x) ** 2, x, gy, ggx, dtype='d', atol=1e-6)


def test_half_precision_stays(random):
    x = random.normal(size=(2, 3, 4, 5)).astype(numpy.float16)
    assert recolor(x, CHROMA, GREY, OFFSET).dtype == translate(x, numpy.ones((2, 2), int)).dtype == numpy.float16
