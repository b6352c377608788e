"""SPADE's normalisation on the CUDA way against the reference in double precision, forward and backward."""
import numpy
import pytest

from kernels.noise import NoiseStream, new_state
from kernels.runtime.across import Statistics
from kernels.spade_norm import modulate, modulate_gradient

TOLERANCE = {'f': 2e-5, 'e': 4e-3}
# One pixel; one channel; odd sizes; whole packs; more channels and pixels than the blocks take at once.
SHAPES = [(1, 1, 1, 1), (1, 3, 1, 1), (3, 1, 5, 7), (2, 8, 4, 4), (1, 9, 3, 4), (3, 11, 9, 5), (2, 16, 32, 36),
          (1, 72, 3, 3), (1, 264, 2, 3)]


def draw(device, random, shape, dtype, channels_last=False, noise='stream', offset=0):
    """Arguments of ``modulate`` before the statistics, and gy, on the device."""
    def image(shape, shift=0):
        array = (random.normal(size=shape) + shift).astype(dtype)
        return device.array(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2) if channels_last else device.array(array)

    x, gamma, beta, gy = (image(shape, shift) for shift in (offset, 0, 0, 0))
    if noise is None:
        return [x, gamma, beta, None, None], gy
    weight = device.array(random.normal(size=(1, shape[1], 1, 1)).astype('f'))
    array = device.array(random.normal(size=(shape[0], 1, *shape[2:])).astype('f'))
    stream = NoiseStream(device.array(new_state(7)), 3)
    return [x, gamma, beta, weight, array if noise == 'array' else stream], gy


def in_double(device, array, shape):
    """What the reference takes."""
    if isinstance(array, NoiseStream):
        return NoiseStream(device.numpy(array.state), array.stream).array((shape[0], 1, *shape[2:]), 'd', 'reference')
    return None if array is None else device.numpy(array).astype('d')


def run(device, inputs, gy, fixed, slope):
    """All results of forward and backward on the CUDA way and of the reference, in its own statistics."""
    channels = inputs[0].shape[1]
    running = [numpy.linspace(-1, 1, channels), numpy.linspace(1, 2, channels)]
    results = []
    for impl in ('cuda', 'reference'):
        if impl == 'reference':
            inputs, gy = [in_double(device, a, inputs[0].shape) for a in inputs], in_double(device, gy, gy.shape)
            averages = Statistics(*(a.copy() for a in running))
        else:
            averages = Statistics(*(device.array(a.astype('f')) for a in running))
        how = {'fixed': fixed, 'slope': slope, 'impl': impl}
        y, statistics = modulate(*inputs, running=averages, decay=0.75, **how)
        x, gamma, _, *noise = inputs
        sign = y if impl == 'cuda' else in_double(device, results[0][0], y.shape)
        gradients = modulate_gradient(x, gamma, sign, gy, *noise, statistics=statistics, **how)
        results.append([y, *statistics, *averages, *gradients])
    return results


def check(device, inputs, gy, fixed=False, slope=0.2, scale=1.):
    dtype = inputs[0].dtype
    actual, desired = run(device, inputs, gy, fixed, slope)
    for number, (result, expected) in enumerate(zip(actual, desired)):
        if expected is None:
            assert result is None
            continue
        assert result.shape == expected.shape
        tolerance = scale * TOLERANCE['f' if 0 < number < 5 else dtype.char]
        # A sum of many products errs by the size of these, not by its own.
        size = 8 * gy[0, 0].size ** 0.5 if number == 8 else 1
        numpy.testing.assert_allclose(device.numpy(result), expected, tolerance, tolerance * size, err_msg=str(number))
    for image in (actual[0], *actual[5:8]):
        assert image.dtype == dtype
        assert image.transpose(0, 2, 3, 1).flags.c_contiguous == inputs[0].transpose(0, 2, 3, 1).flags.c_contiguous


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('channels_last', [False, True])
@pytest.mark.parametrize('shape', SHAPES)
def test_shapes(device, random, dtype, channels_last, shape):
    # Of very few elements the variance is next to eps, and its error is magnified.
    check(device, *draw(device, random, shape, dtype, channels_last), scale=1 if shape[2] * shape[3] > 1 else 100)


@pytest.mark.parametrize('dtype, channels_last', [('f', False), ('e', True)])
@pytest.mark.parametrize('noise', [None, 'array', 'stream'])
@pytest.mark.parametrize('fixed', [False, True])
@pytest.mark.parametrize('slope', [None, 0.2, 0])
def test_ways(device, random, dtype, channels_last, noise, fixed, slope):
    check(device, *draw(device, random, (2, 11, 6, 8), dtype, channels_last, noise), fixed, slope)


def test_views(device, random):
    (x, gamma, beta, *noise), gy = draw(device, random, (3, 9, 8, 10), 'f')
    check(device, [a[::2, :, 1:, ::-1] for a in (x, gamma, beta)] + [noise[0], noise[1]], gy[::2, :, 1:, ::-1])


@pytest.mark.parametrize('dtype', ['f', 'e'])
def test_misaligned_memory(device, random, dtype):
    inputs, gy = draw(device, random, (2, 8, 4, 6), dtype)
    base = device.array(numpy.zeros(gy.size + 1, dtype))
    x = base[1:].reshape(gy.shape)
    x[...] = inputs[0]
    check(device, [x, *inputs[1:]], gy)


def test_mixed_layouts(device, random):
    (x, gamma, *rest), gy = draw(device, random, (2, 3, 4, 5), 'f', channels_last=True)
    check(device, [x, device.array(device.numpy(gamma)), *rest], device.array(device.numpy(gy)))


@pytest.mark.parametrize('channels_last', [False, True])
@pytest.mark.parametrize('fixed', [False, True])
def test_channels_that_are_nearly_constant(device, random, channels_last, fixed):
    """Variances of 0, below and above eps, at which gradients are damped."""
    (x, gamma, beta, _, noise), gy = draw(device, random, (2, 4, 6, 8), 'f', channels_last, 'array')
    x *= device.array(numpy.array([0, 1e-3, 4e-3, 1], 'f')[:, None, None])
    weight = device.array(numpy.zeros((1, 4, 1, 1), 'f'))
    # The smallest deviation magnifies the rounding of all sums by 1 / sqrt(eps).
    check(device, [x, gamma, beta, weight, noise], gy, fixed, scale=100)


@pytest.mark.parametrize('channels_last', [False, True])
def test_a_mean_far_from_zero(device, random, channels_last):
    inputs, gy = draw(device, random, (2, 9, 40, 42), 'f', channels_last, offset=1000)
    (y, mean, var, *rest), (expected, expected_mean, expected_var, *_) = run(device, inputs, gy, False, None)
    numpy.testing.assert_allclose(device.numpy(mean), expected_mean, rtol=2e-7)
    numpy.testing.assert_allclose(device.numpy(var), expected_var, rtol=1e-5)
    # x itself has steps of 6e-5.
    numpy.testing.assert_allclose(device.numpy(y), expected, atol=1e-3)


def test_the_same_twice(device, random):
    inputs, gy = draw(device, random, (2, 9, 20, 21), 'f')
    first, second = (run(device, inputs, gy, False, 0.2)[0] for _ in range(2))
    for a, b in zip(first, second):
        numpy.testing.assert_array_equal(device.numpy(a), device.numpy(b))


def test_under_sanitizers(sanitizer, request, random):
    # A layout each, as building takes long: the bounds of rows of pixels, the exchange between lanes.
    channels_last = request.node.callspec.params['sanitizer'] == 'thread'
    check(sanitizer, *draw(sanitizer, random, (1, 9, 5, 9), 'f', channels_last))


def test_arguments_are_checked(emulator, random):
    (x, gamma, beta, weight, noise), gy = draw(emulator, random, (2, 3, 4, 4), 'f')
    for change, message in [
            ({'x': x[:0]}, r'x is \(0, 3, 4, 4\); it has to be'),
            ({'x': x[0]}, r'x is \(3, 4, 4\)'),
            ({'gamma': gamma[:1]}, r'gamma is float32\(1, 3, 4, 4\); it has to be float32\(2, 3, 4, 4\) as x'),
            ({'beta': beta.astype('e')}, r'beta is float16'),
            ({'noise': x}, r'noise is \(2, 3, 4, 4\); it has to be \(2, 1, 4, 4\)'),
            ({'noise_weight': weight[:, :2]}, r'noise_weight is \(2,\); it has to be \(3,\), one a channel'),
            ({'running': Statistics(weight[0, :, 0, 0], weight[0, :2, 0, 0])}, r'running variance is \(2,\)')]:
        arguments = {'x': x, 'gamma': gamma, 'beta': beta, 'noise_weight': weight, 'noise': noise, **change}
        with pytest.raises(ValueError, match=message):
            modulate(**arguments, impl='cuda')
    with pytest.raises(TypeError, match='float32 or float16, not float64'):
        modulate(*(array.astype('d') for array in (x, gamma, beta)), impl='cuda')
    averages = numpy.ones((3, 2), 'f').T
    with pytest.raises(TypeError, match=r'running averages are float32 with strides \(8,\)'):
        modulate(x, gamma, beta, running=Statistics(*averages), impl='cuda')
    for shape in ((1, 1, 1 << 16, 1 << 16), (1, 1 << 20, 1, 1)):
        huge = numpy.lib.stride_tricks.as_strided(x, shape, (0, 0, 0, 0))
        with pytest.raises(ValueError, match=r'up to 2 \*\* 30 pixels.* and 524280 channels'):
            modulate(huge, huge, huge, impl='cuda')
