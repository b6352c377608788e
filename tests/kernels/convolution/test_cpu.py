"""The convolution kernels but oneDNN's and cuDNN's against sums over taps in double precision."""
import numpy
import pytest
from convolution_cases import CASES, arrays, by_taps

from kernels import convolution
from kernels.convolution.cpu import columns, patches

cases = pytest.mark.parametrize('case', CASES.values(), ids=CASES)


@pytest.fixture(params=['reference', 'columns', 'columns in blocks', 'columns in tiles', 'columns at once',
                        'columns at once in blocks'])
def impl(request, monkeypatch):
    """The reference and the threaded ways, also with so small blocks that every edge is met."""
    if 'at once' in request.param:
        monkeypatch.setattr(patches, 'FEW_OUTPUTS', 0)
    if 'in tiles' in request.param:
        monkeypatch.setattr(patches, 'TILE_WORK', 600)
    if 'in blocks' in request.param:
        monkeypatch.setattr(columns, 'SMALL_WORK', 0)
        monkeypatch.setattr(columns, 'BLOCK_BYTES', 1000)
        monkeypatch.setattr(columns, 'BLOCK_PIXELS', 8)
    return 'reference' if request.param == 'reference' else 'cpu'


@cases
@pytest.mark.parametrize(('dtype', 'tolerance'), [('f', 2e-5), ('d', 1e-12)])
def test_convolution_and_gradients(case, dtype, tolerance, impl):
    x, W, b, gy = arrays(case, dtype)
    geometry = case[5:]
    results = (convolution.convolve(x, W, b, *geometry, impl=impl),
               convolution.input_gradient(gy, W, x.shape[2:], *geometry, impl=impl),
               convolution.weight_gradient(x, gy, W.shape[2:], *geometry, impl=impl))
    for result, expected in zip(results, by_taps(x, W, b, gy, *geometry)):
        assert result.dtype == dtype
        assert result.flags.c_contiguous
        numpy.testing.assert_allclose(result, expected, rtol=tolerance, atol=tolerance * 10)


@pytest.mark.parametrize('case', [c for c in CASES.values() if c[5] == c[7] == 1])
def test_shared_convolution_and_gradients(case, impl):
    x, W, b, gy = arrays(case)
    pad = case[6]
    Ws, bs, gys = (W, -W[:1]), (b, b[:1]), (gy, 2 * gy[:, :1])
    ys = convolution.convolve_shared(x, Ws, bs, pad, impl=impl)
    gx = convolution.input_gradient_shared(gys, Ws, x.shape[2:], pad, impl=impl)
    gWs, gbs = convolution.weight_gradient_shared(x, gys, W.shape[2:], pad, impl=impl)
    each = [by_taps(x, W, b, gy, 1, pad, 1) for W, b, gy in zip(Ws, bs, gys)]
    numpy.testing.assert_allclose(gx, sum(one[1] for one in each), atol=1e-11)
    for y, gW, gb, gy, (y_expected, _, gW_expected) in zip(ys, gWs, gbs, gys, each):
        assert y.flags.c_contiguous
        numpy.testing.assert_allclose(y, y_expected, atol=1e-11)
        numpy.testing.assert_allclose(gW, gW_expected, atol=1e-11)
        numpy.testing.assert_allclose(gb, gy.sum((0, 2, 3)), atol=1e-11)


def test_non_contiguous_arrays(impl):
    x, W, b, gy = arrays(CASES['odd_batch_3'])
    expected = by_taps(x, W, b, gy, 1, 1, 1)
    x, W, gy = (numpy.asfortranarray(array) for array in (x, W, gy))
    wide = numpy.repeat(x, 2, 3)[..., ::2]
    numpy.testing.assert_allclose(convolution.convolve(wide, W, b, 1, 1, impl=impl), expected[0], atol=1e-12)
    gx = convolution.input_gradient(gy, W, x.shape[2:], 1, 1, impl=impl)
    numpy.testing.assert_allclose(gx, expected[1], atol=1e-12)
    gW = convolution.weight_gradient(wide, gy, (3, 3), 1, 1, impl=impl)
    numpy.testing.assert_allclose(gW, expected[2], atol=1e-12)


@pytest.mark.parametrize(('channels', 'outputs', 'size', 'kernel', 'stride'),
                         [(32, 40, 96, 3, 1), (96, 128, 27, 4, 1), (64, 8, 64, 3, 1), (16, 32, 65, 4, 2)])
def test_single_precision_is_enough(channels, outputs, size, kernel, stride):
    """The sizes of the networks, where blocks are of their real size: within 1e-5 of the largest value."""
    case = 1, channels, outputs, (size, size), kernel, stride, 1, 1
    x, W, b, gy = arrays(case, numpy.float32)
    geometry = stride, 1, 1
    results = (convolution.convolve(x, W, b, *geometry, impl='cpu'),
               convolution.input_gradient(gy, W, x.shape[2:], *geometry, impl='cpu'),
               convolution.weight_gradient(x, gy, W.shape[2:], *geometry, impl='cpu'))
    double = [array.astype(numpy.float64) for array in (x, W, b, gy)]
    for result, expected in zip(results, by_taps(*double, *geometry)):
        numpy.testing.assert_allclose(result, expected, rtol=0, atol=1e-5 * abs(expected).max())


def test_errors_name_what_was_found():
    x, W, b, _ = arrays(CASES['odd_batch_3'])
    with pytest.raises(ValueError, match="impl is 'fast'; it may be None, 'reference', 'cudnn', 'onednn' or 'cpu'"):
        convolution.convolve(x, W, b, impl='fast')
    with pytest.raises(RuntimeError, match="impl='cudnn' takes CuPy arrays"):
        convolution.convolve(x, W, b, impl='cudnn')
    with pytest.raises(ValueError, match='kernel .*fits an image of size'):
        convolution.convolve(x[:, :, :2, :2], W, b)
    with pytest.raises(ValueError, match='has 3 channels; weights .* belong to 4'):
        convolution.convolve(x, numpy.zeros((5, 4, 3, 3)), b)
