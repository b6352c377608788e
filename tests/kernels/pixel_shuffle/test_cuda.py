"""The pixel shuffle's kernels and its CPU path against its definition, number by number."""
import numpy
import pytest
from cuda_arrays import assert_close, layouts, lies_alike

from kernels.pixel_shuffle import pixel_shuffle, pixel_shuffle_gradient, pixel_shuffle_tangent

TOLERANCE = {'f': 1e-6, 'e': 1e-3, 'd': 1e-12}
# (B, C, H, W) of the output's channels and the input's pixels: one pixel; odd; packs in one layout, the other, both.
SHAPES = [(1, 1, 1, 1), (3, 1, 5, 7), (1, 5, 3, 8), (2, 8, 3, 5), (2, 16, 9, 16)]
slopes = pytest.mark.parametrize('slope', [None, 0.2])


def by_hand(x, bias):
    batch, channels, height, width = x.shape
    y = numpy.empty((batch, channels // 4, 2 * height, 2 * width))
    for c in range(channels):
        i, j = divmod(c // (channels // 4), 2)
        y[:, c % (channels // 4), i::2, j::2] = x[:, c].astype('d') + (0 if bias is None else bias[c])
    return y


def check(device, x, bias, gy, slope, impl='cuda'):
    """All three directions, each given what the one before it found."""
    y = pixel_shuffle(x, bias, slope, impl)
    expected = by_hand(device.numpy(x), None if bias is None else device.numpy(bias))
    bends = numpy.where(expected > 0, 1, 1 if slope is None else slope)
    kept = None if slope is None else y
    tangent = pixel_shuffle_tangent(x, kept, slope, impl)
    gx = pixel_shuffle_gradient(gy, kept, slope, impl)
    tolerance = TOLERANCE[x.dtype.char]
    assert_close(device, y, expected * bends, tolerance)
    assert_close(device, tangent, by_hand(device.numpy(x), None) * bends, tolerance)
    # The gradient is the transpose: shuffled, it is the incoming one.
    numpy.testing.assert_allclose(by_hand(device.numpy(gx), None), device.numpy(gy).astype('d') * bends,
                                  rtol=tolerance, atol=tolerance)
    for result in (y, tangent, gx):
        assert result.dtype == x.dtype
        assert impl != 'cuda' or lies_alike(result, x) or gy.shape[1] == 1


def draw(random, shape, dtype):
    batch, channels, height, width = shape
    x = random.normal(size=(batch, 4 * channels, height, width)).astype(dtype)
    return x, random.normal(size=4 * channels).astype(dtype), random.normal(
        size=(batch, channels, 2 * height, 2 * width)).astype(dtype)


@slopes
@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
def test_shapes(device, random, shape, dtype, slope):
    x, bias, gy = draw(random, shape, dtype)
    bias = device.array(bias)
    for laid, gradient in layouts(device, x, gy):
        check(device, laid, bias, gradient, slope)
        check(device, laid, None, gradient, slope)


@slopes
@pytest.mark.parametrize('impl', [None, 'reference'])
@pytest.mark.parametrize('dtype', ['f', 'd'])
def test_on_a_cpu(emulator, random, monkeypatch, impl, dtype, slope):
    monkeypatch.setattr('kernels.pixel_shuffle.cpu.BLOCK', 100)
    x, bias, gy = draw(random, (2, 6, 5, 7), dtype)
    check(emulator, x, bias, gy, slope, impl)
    check(emulator, x[:, :, ::-1], None, gy[:, :, ::-1], slope, impl)


@slopes
def test_views(device, random, slope):
    x, bias, gy = (device.array(array) for array in draw(random, (3, 4, 6, 8), 'f'))
    check(device, x.reshape(-1)[1:-3 * 16 * 8 + 1].reshape(3, 16, 5, 8), bias, gy[:, :, 1:-1], slope)
    check(device, x[::2, :, ::-1, 4:], bias, gy[1:, :, :, :-8], slope)


def test_what_is_refused(device, random):
    x, bias, gy = (device.array(array) for array in draw(random, (1, 2, 3, 4), 'f'))
    with pytest.raises(ValueError, match='has to be .B, 4 C, H, W.'):
        pixel_shuffle(x[:, 1:], impl='cuda')
    with pytest.raises(ValueError, match='none of them 0'):
        pixel_shuffle(x[:0], impl='cuda')
    with pytest.raises(ValueError, match='one a channel of x'):
        pixel_shuffle(x, bias[1:], impl='cuda')
    with pytest.raises(ValueError, match='2 H, 2 W'):
        pixel_shuffle_gradient(gy[:, :, 1:], impl='cuda')
    with pytest.raises(ValueError, match='the output is float32'):
        pixel_shuffle_gradient(gy, gy[:, 1:], 0.2, impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        pixel_shuffle(x.astype('d'), impl='cuda')


def test_under_sanitizers(sanitizer, random):
    x, bias, gy = draw(random, (1, 4, 3, 4), 'f')
    for laid, gradient in layouts(sanitizer, x, gy):
        check(sanitizer, laid, bias, gradient, 0.2)
