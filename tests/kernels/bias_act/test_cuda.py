"""The CUDA kernels and the CPU's blocks against the reference in double precision."""
import numpy
import pytest
from cuda_arrays import assert_close, layouts, lies_alike
from emulator_fixtures import Device

from kernels.bias_act import (
    ACTIVATIONS,
    add_bias,
    bias_act,
    bias_act_double_gradient,
    bias_act_gradient,
    bias_gradient,
)
from kernels.runtime import channels, passes

TOLERANCE = {'f': 3e-5, 'e': 3e-3, 'd': 1e-12}
# One pixel; odd planes; batch 3, whole packs; one channel; packs, more than the two blocks take at once.
SHAPES = [(1, 1, 1, 1), (2, 3, 5, 3), (3, 40, 4, 6), (2, 1, 7, 1), (2, 8, 50, 52)]


def draw(random, shape, dtype='f'):
    """x, gy and ggx; b and ggb."""
    return ([random.normal(size=shape).astype(dtype) for _ in range(3)],
            [random.normal(size=shape[1]).astype('f') for _ in range(2)])


def compute(images, vectors, activation, impl, y=None):
    """All results; derivatives go by ``y`` where given, else by the own output."""
    (x, gy, ggx), (b, ggb) = images, vectors
    dtype = None if b is None else b.dtype
    out = bias_act(x, b, activation, impl=impl)
    y = out if y is None else y
    results = [out, *bias_act_gradient(y, gy, activation, bias_dtype=dtype, impl=impl),
               *bias_act_double_gradient(y, gy, ggx, ggb, activation, impl=impl)]
    assert (results[2] is None, results[4] is None) == (b is None, activation != 'tanh')
    return [result for result in results if result is not None]


def check(device, images, vectors, activation='leaky_relu', impl='cuda'):
    results = compute(images, vectors, activation, impl)
    doubles = ([None if array is None else array.astype('d') for array in arrays] for arrays in (images, vectors))
    expected = compute(*doubles, activation, 'reference', results[0].astype('d'))
    for result, value in zip(results, expected):
        assert_close(device, result, value, TOLERANCE[images[0].dtype.char])
        assert result.dtype == (images[0].dtype if result.ndim == 4 else vectors[0].dtype)
    return [result for result in results if result.ndim == 4]


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('activation', ACTIVATIONS)
def test_shapes(device, random, shape, dtype, activation):
    drawn, vectors = draw(random, shape, dtype)
    vectors = [device.array(vector) for vector in vectors]
    for images in layouts(device, *drawn):
        results = check(device, images, vectors, activation)
        assert all(lies_alike(result, images[0]) for result in results)
        check(device, images, [None, None], activation)


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
def test_bias_alone(device, random, shape, dtype):
    """Added in place, and its gradient."""
    (x, _, _), (b, _) = draw(random, shape, dtype)
    desired, desired_gradient = x.astype('d') + b[:, None, None], x.astype('d').sum((0, 2, 3))
    for y, in layouts(device, x):
        gradient = bias_gradient(y, impl='cuda')
        assert_close(device, gradient, desired_gradient, TOLERANCE[dtype])
        add_bias(y, device.array(b), impl='cuda')
        assert_close(device, y, desired, TOLERANCE[dtype])
        assert gradient.dtype == dtype


def test_an_array_with_gaps_has_no_bias_added(device, random):
    (x, _, _), (b, _) = draw(random, (2, 3, 4, 6))
    with pytest.raises(ValueError, match='has gaps'):
        add_bias(device.array(x)[..., ::2], device.array(b), impl='cuda')


def test_views(device, random):
    """Memory that is not aligned, or has gaps; arrays of another layout than that of x."""
    drawn, vectors = draw(random, (3, 4, 4, 9))
    vectors = [device.array(vector) for vector in vectors]
    pair = list(layouts(device, *drawn))
    check(device, [image[:, ::-1, :, 1:] for image in pair[0]], vectors, 'tanh')
    for one, other in (pair, pair[::-1]):
        check(device, [one[0], other[1], one[2]], vectors, 'tanh')
    shifted = device.array(random.normal(size=3 * 4 * 4 * 8 + 1).astype('f'))[1:]
    for x in (shifted.reshape(3, 4, 4, 8), shifted.reshape(3, 4, 8, 4).transpose(0, 3, 1, 2)):
        check(device, [x, x[::-1], x[:, ::-1]], vectors)


@pytest.mark.parametrize('activation', ACTIVATIONS)
def test_what_is_not_finite(device, activation):
    x = device.array(numpy.array([0, -0., numpy.inf, -numpy.inf, numpy.nan], 'f').reshape(1, 1, 1, 5))
    results = [device.numpy(bias_act(x, None, activation, impl=impl)) for impl in ('cuda', 'reference', None)]
    for result in results[1:]:
        numpy.testing.assert_allclose(results[0], result, rtol=1e-6)


@pytest.mark.parametrize('shape', [(2, 1, 3, 4), (2, 4, 3, 2)])
def test_under_sanitizers(sanitizer, random, monkeypatch, shape):
    # One group of channels, two blocks to share it.
    monkeypatch.setattr(channels, 'ELEMENTS', 4)
    images, vectors = draw(random, shape)
    check(sanitizer, list(layouts(sanitizer, *images))[shape[1] > 1], vectors, 'tanh')


@pytest.mark.parametrize('dtype', ['f', 'd', 'e'])
@pytest.mark.parametrize('activation', ACTIVATIONS)
@pytest.mark.parametrize('biased', [False, True])
def test_cpu(random, monkeypatch, dtype, activation, biased):
    monkeypatch.setattr(passes, 'BLOCK_SIZE', 64)
    images, vectors = draw(random, (2, 7, 5, 3), dtype)
    vectors = [vector.astype(dtype) if dtype == 'd' else vector for vector in vectors] if biased else [None, None]
    check(Device(on_gpu=False), [image.swapaxes(2, 3) for image in images], vectors, activation, None)


@pytest.mark.parametrize('activation', ACTIVATIONS)
@pytest.mark.parametrize('impl', ['onednn', 'cpu'])
def test_engines_of_a_cpu(random, activation, impl):
    device = Device(on_gpu=False)
    images, vectors = draw(random, (2, 7, 15, 13), 'f')
    for drawn in layouts(device, *images):
        check(device, list(drawn), vectors, activation, impl)


def test_what_does_not_fit_is_refused(device, random):
    x, b = device.array(random.normal(size=(2, 3, 4, 5)).astype('f')), device.array(numpy.zeros(3, 'f'))
    for impl in ('cuda', 'reference', None):
        with pytest.raises(ValueError, match=r'b is \(2,\); it has to be \(3,\), one a channel'):
            bias_act(x, b[:2], impl=impl)
        with pytest.raises(ValueError, match=r'x is \(2, 3, 4\); it has to be \(batch, channels, height, width\)'):
            bias_act(x[..., 0], b, impl=impl)
        with pytest.raises(ValueError, match=r'gy is float16\(2, 3, 4, 5\); it has to be float32'):
            bias_act_gradient(x, x.astype('e'), impl=impl)
        with pytest.raises(ValueError, match="activation is 'gelu'; it may be linear, leaky_relu, relu, tanh"):
            bias_act(x, b, 'gelu', impl=impl)
        with pytest.raises(ValueError, match='slope is 2; it has to be from 0 to 1'):
            bias_act(x, b, slope=2, impl=impl)
