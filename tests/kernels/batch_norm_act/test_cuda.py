"""The CUDA kernels and the CPU's blocks against the reference in double precision."""
import numpy
import pytest
from cuda_arrays import assert_close, layouts, lies_alike
from emulator_fixtures import Device

from kernels.batch_norm_act import batch_norm_act, batch_norm_act_double_gradient, batch_norm_act_gradient
from kernels.runtime import channels, passes
from kernels.runtime.across import Statistics

TOLERANCE = {'f': 2e-5, 'e': 3e-3, 'd': 1e-10}
# Odd planes; batch 3, whole packs; one channel; packs of either storage, more than the two blocks take at once.
SHAPES = [(2, 3, 5, 3), (3, 40, 4, 6), (2, 1, 7, 1), (2, 8, 50, 52)]


def draw(random, shape, dtype='f'):
    """x, gy and ggx; gamma, beta, and what comes to their gradients; running mean and variance."""
    images = [random.normal(size=shape).astype(dtype) for _ in range(3)]
    images[0] += 3
    vectors = [random.normal(size=shape[1]).astype('f') for _ in range(4)]
    return images, vectors, [random.normal(size=shape[1]).astype('f'), random.uniform(1, 2, shape[1]).astype('f')]


def moved(device, *arguments):
    """The lists of ``draw`` on the device."""
    return [[device.array(array) for array in arrays] for arrays in arguments]


def compute(images, vectors, running, fixed, slope, impl, y=None):
    """All results of the three orders; the gradients go by the signs of ``y`` where given, else of the own output."""
    (x, gy, ggx), (gamma, beta, gggamma, ggbeta), running = images, vectors, Statistics(*running).copy()
    how = {'fixed': fixed, 'slope': slope, 'impl': impl}
    out, statistics = batch_norm_act(x, gamma, beta, running=running, **how)
    y = out if y is None else y
    first = batch_norm_act_gradient(x, gamma, y, gy, statistics=statistics, **how)
    second = batch_norm_act_double_gradient(x, gamma, y, gy, ggx, gggamma, ggbeta, statistics=statistics, **how)
    return [out, *statistics, *running, *first, *second]


def check(device, images, vectors, running, fixed=False, slope=0.2, impl='cuda', tolerance=None):
    results = compute(images, vectors, running, fixed, slope, impl)
    doubles = ([array.astype('d') for array in arrays] for arrays in (images, vectors, running))
    expected = compute(*doubles, fixed, slope, 'reference', results[0].astype('d'))
    for result, value in zip(results, expected):
        assert_close(device, result, value, tolerance or TOLERANCE[images[0].dtype.char])
        assert result.dtype == (images[0].dtype if result.ndim == 4 else vectors[0].dtype)
    return [result for result in results if result.ndim == 4]


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('fixed', [False, True])
def test_shapes(device, random, shape, dtype, fixed):
    drawn, *rest = draw(random, shape, dtype)
    rest = moved(device, *rest)
    for images in layouts(device, *drawn):
        results = check(device, images, *rest, fixed, None if fixed and dtype == 'e' else 0.2)
        assert all(lies_alike(result, images[0]) for result in results)


@pytest.mark.parametrize('fixed', [False, True])
def test_one_pixel(device, random, fixed):
    # Its deviation is that of eps alone: what should cancel out is 50000 times as large.
    check(device, *moved(device, *draw(random, (1, 5, 1, 1))), fixed, tolerance=2e-2)


def test_views(device, random):
    """Memory that is not aligned, or has gaps; arrays of another layout than that of x."""
    images, *rest = draw(random, (3, 4, 4, 9))
    images, *rest = moved(device, images, *rest)
    check(device, [image[:, ::-1, :, 1:] for image in images], *rest)
    pair = list(layouts(device, *map(device.numpy, images)))
    for one, other in (pair, pair[::-1]):
        check(device, [one[0], other[1], one[2]], *rest)
    shifted = device.array(random.normal(size=3 * 4 * 4 * 8 + 1).astype('f'))[1:]
    for x in (shifted.reshape(3, 4, 4, 8), shifted.reshape(3, 4, 8, 4).transpose(0, 3, 1, 2)):
        check(device, [x, x[::-1], x[:, ::-1]], *rest)


@pytest.mark.parametrize('fixed', [False, True])
def test_channels_that_are_nearly_constant(device, random, fixed):
    """Variances of 0, below and above eps, at which gradients are damped."""
    (x, gy, ggx), vectors, _ = draw(random, (2, 4, 6, 8))
    x = (x - 3) * numpy.array([0, 1e-3, 4e-3, 1], 'f')[:, None, None]
    running = [x.mean((0, 2, 3)), x.var((0, 2, 3))]
    vectors, running = moved(device, vectors, running)
    for images in layouts(device, x, gy, ggx):
        check(device, images, vectors, running, fixed, tolerance=2e-3)


def test_mean_far_from_zero(device, random):
    images, *rest = draw(random, (2, 3, 30, 31))
    images[0] += 1000
    images[0][0, :, 0, 0] = 0
    _, _, variance, *_ = compute(*moved(device, images, *rest), False, None, 'cuda')
    numpy.testing.assert_allclose(device.numpy(variance), images[0].astype('d').var((0, 2, 3)), rtol=2e-5)


def test_missing_gradients_are_zero(device, random):
    (x, gy, ggx), (gamma, beta, *_), running = moved(device, *draw(random, (2, 3, 4, 5)))
    y, statistics = batch_norm_act(x, gamma, beta, running=Statistics(*running), impl='cuda')
    zero = 0 * gamma
    for impl in ('cuda', 'reference', None):
        results = [batch_norm_act_double_gradient(x, gamma, y, gy, ggx, *rest, statistics=statistics, impl=impl)
                   for rest in ((), (zero, zero))]
        for without, zeros in zip(*results):
            numpy.testing.assert_array_equal(device.numpy(without), device.numpy(zeros))


@pytest.mark.parametrize('shape', [(2, 1, 3, 4), (2, 4, 3, 2)])
def test_under_sanitizers(sanitizer, random, monkeypatch, shape):
    # One group of channels, two blocks to share it.
    monkeypatch.setattr(channels, 'ELEMENTS', 4)
    images, *rest = draw(random, shape)
    check(sanitizer, list(layouts(sanitizer, *images))[shape[1] > 1], *rest)


@pytest.mark.parametrize('dtype', ['f', 'd', 'e'])
@pytest.mark.parametrize('slope', [None, 0.2, 0.])
@pytest.mark.parametrize('fixed', [False, True])
def test_cpu(random, monkeypatch, dtype, slope, fixed):
    monkeypatch.setattr(passes, 'BLOCK_SIZE', 64)
    images, vectors, running = draw(random, (2, 7, 5, 3), dtype)
    if dtype == 'd':
        vectors, running = ([array.astype('d') for array in arrays] for arrays in (vectors, running))
    check(Device(on_gpu=False), [image.swapaxes(2, 3) for image in images], vectors, running, fixed, slope, None)


@pytest.mark.parametrize('slope', [None, 0.2, 0.])
@pytest.mark.parametrize('fixed', [False, True])
@pytest.mark.parametrize('impl', ['onednn', 'cpu'])
def test_engines_of_a_cpu(random, slope, fixed, impl):
    device = Device(on_gpu=False)
    drawn, *rest = draw(random, (2, 7, 15, 13))
    for images in layouts(device, *drawn):
        results = check(device, images, *rest, fixed, slope, impl)
        assert all(lies_alike(result, images[0]) for result in results)


def check_out(device, images, vectors, running, impl):
    """The first image, and then the others, written to their place in larger arrays; equal to the bit to them alone."""
    x, gy, _ = images
    gamma, beta, *_ = vectors
    y, gx = (device.array(numpy.full(5 * x[0].size, 7, 'f')).reshape(5, *x.shape[1:]) for _ in range(2))
    if not x.flags.c_contiguous:
        y, gx = (array.reshape(5, *x.shape[2:], x.shape[1]).transpose(0, 3, 1, 2) for array in (y, gx))
    for part in (slice(1), slice(1, 4)):
        one = Statistics(*running).copy()
        alone, statistics = batch_norm_act(x[part], gamma, beta, running=one, impl=impl)
        other = Statistics(*running).copy()
        found, same = batch_norm_act(x[part], gamma, beta, running=other, impl=impl, out=y[part])
        gradients = batch_norm_act_gradient(x[part], gamma, alone, gy[part], statistics=statistics, impl=impl)
        written = batch_norm_act_gradient(x[part], gamma, found, gy[part], statistics=same, impl=impl, out=gx[part])
        pairs = [(alone, y[part]), (gradients[0], gx[part]), *zip(one, other), *zip(statistics, same),
                 *zip(gradients[1:], written[1:])]
        for expected, result in pairs:
            numpy.testing.assert_array_equal(device.numpy(result), device.numpy(expected))
    assert all((device.numpy(array)[4] == 7).all() for array in (y, gx))
    with pytest.raises(ValueError, match='out has strides .* without gaps, channels first or last'):
        batch_norm_act(x[:2], gamma, beta, running=Statistics(*running), impl=impl, out=y[::2][:2])


@pytest.mark.parametrize('shape', [(4, 3, 5, 3), (4, 8, 6, 4), (4, 1, 7, 1)])
def test_results_go_where_they_are_asked_for(device, random, shape):
    drawn, *rest = draw(random, shape)
    rest = moved(device, *rest)
    for images in layouts(device, *drawn):
        check_out(device, images, *rest, 'cuda')


@pytest.mark.parametrize('impl', ['onednn', 'cpu', 'reference'])
def test_results_of_a_cpu_go_where_they_are_asked_for(random, impl):
    device = Device(on_gpu=False)
    drawn, *rest = draw(random, (4, 3, 5, 3))
    for images in layouts(device, *drawn):
        check_out(device, images, *rest, impl)


def test_what_does_not_fit_is_refused(device, random):
    (x, gy, _), (gamma, beta, *_), running = moved(device, *draw(random, (2, 3, 4, 5)))
    running = Statistics(*running)
    for impl in ('cuda', 'reference', None):
        with pytest.raises(ValueError, match=r'gamma is \(2,\); it has to be \(3,\), one a channel'):
            batch_norm_act(x, gamma[:2], beta, running=running, impl=impl)
        with pytest.raises(ValueError, match=r'x is \(0, 3, 4, 5\); it has to be \(batch, channels, height, width\)'):
            batch_norm_act(x[:0], gamma, beta, running=running, impl=impl)
        with pytest.raises(ValueError, match=r'gy is float32\(1, 3, 4, 5\); it has to be float32\(2, 3, 4, 5\) as x'):
            batch_norm_act_gradient(x, gamma, x, gy[:1], statistics=running, impl=impl)
        with pytest.raises(ValueError, match='slope is 2; it has to be None or from 0 to 1'):
            batch_norm_act(x, gamma, beta, running=running, slope=2, impl=impl)
        with pytest.raises(TypeError, match='x is int32'):
            batch_norm_act(x.astype('i'), gamma, beta, running=running, impl=impl)
    with pytest.raises(TypeError, match='running averages are float64'):
        batch_norm_act(x, gamma, beta, running=Statistics(*(array.astype('d') for array in running)), impl='cuda')
