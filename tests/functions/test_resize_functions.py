"""Resizing as a differentiable function."""
import numpy
import pytest
from chainer import Variable, functions, gradient_check

from spade_anime.functions.resize import resize

MODES = [('bilinear', False), ('bilinear', True), ('nearest', False), ('area', False)]


@pytest.mark.parametrize(('mode', 'align_corners'), MODES)
@pytest.mark.parametrize(('size', 'target'), [((1, 1), (2, 2)), ((3, 5), (6, 10)), ((7, 4), (3, 9))])
@pytest.mark.parametrize('batch', [1, 3])
def test_gradients(mode, align_corners, size, target, batch):
    random = numpy.random.default_rng(0)
    x, ggx = random.standard_normal((2, batch, 2, *size))
    gy = random.standard_normal((batch, 2, *target))

    def function(x):
        return resize(x, target, mode, align_corners)

    gradient_check.check_backward(function, x, gy, dtype='d', atol=1e-6)
    gradient_check.check_double_backward(lambda x: function(x) ** 2, x, gy, ggx, dtype='d', atol=1e-5)


@pytest.mark.parametrize(('size', 'target'), [((4, 4), (8, 8)), ((9, 5), (3, 3)), ((3, 5), (7, 8))])
def test_bilinear_is_chainers_resize(size, target):
    x = numpy.random.default_rng(0).standard_normal((2, 3, *size)).astype('f')
    for align_corners in (True, False):
        expected = functions.spatial_transformer_sampler(x, sampling_grid(size, target, align_corners))
        y = resize(x, target, 'bilinear', align_corners)
        assert y.dtype == numpy.float32
        numpy.testing.assert_allclose(y.array, expected.array, atol=1e-5)


def sampling_grid(size, target, align_corners):
    """Chainer samples at -1 to 1 from the first sample's middle to the last's; x before y."""
    axes = []
    for n, m in zip(size, target):
        at = numpy.linspace(0, n - 1, m) if align_corners else (numpy.arange(m) + 0.5) * n / m - 0.5
        axes.append(numpy.clip(at, 0, n - 1) / (n - 1) * 2 - 1)
    return numpy.stack(numpy.broadcast_arrays(axes[1], axes[0][:, None]))[None].repeat(2, 0).astype('f')


def test_same_size_is_the_same_variable():
    x = Variable(numpy.zeros((1, 2, 3, 4), 'f'))
    assert resize(x, (3, 4)) is x
    assert resize(x.array, (3, 4)).array is x.array


def test_unknown_mode_is_refused_at_any_size():
    with pytest.raises(ValueError, match="mode is 'cubic'"):
        resize(numpy.zeros((1, 1, 2, 2), 'f'), (2, 2), 'cubic')
