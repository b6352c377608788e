"""Resizing against formulas written sample by sample."""
import numpy
import pytest

from kernels import resize
from kernels.resize import cpu
from kernels.runtime.layout import is_channels_last

SIZES = [((1, 1), (1, 1)), ((1, 1), (4, 3)), ((5, 7), (10, 14)), ((8, 6), (4, 3)), ((9, 100), (7, 33)),
         ((64, 3), (5, 40)), ((6, 6), (6, 1)), ((70, 2), (2, 70))]
sizes = pytest.mark.parametrize(('size', 'target'), SIZES)
MODES = [('bilinear', False), ('bilinear', True), ('nearest', False), ('area', False)]


@pytest.fixture(params=['reference', 'whole', 'blocks'])
def impl(request, monkeypatch):
    if request.param == 'blocks':
        monkeypatch.setattr(cpu, 'BLOCK_SIZE', 50)
    return 'reference' if request.param == 'reference' else None


def weights(n, m, mode, align_corners):
    """Share of each of n inputs in each of m outputs."""
    result = numpy.zeros((m, n))
    for i in range(m):
        if mode == 'nearest':
            result[i, i * n // m] = 1
        elif mode == 'area':
            for j in range(n):
                result[i, j] = max(0, min(j + 1, (i + 1) * n / m) - max(j, i * n / m)) * m / n
        else:
            at = i * (n - 1) / (m - 1) if align_corners and m > 1 else 0 if align_corners else \
                min(max((i + .5) * n / m - .5, 0), n - 1)
            for j in range(n):
                result[i, j] = max(0, 1 - abs(at - j))
    return result


@sizes
@pytest.mark.parametrize(('mode', 'align_corners'), MODES)
@pytest.mark.parametrize(('dtype', 'tolerance'), [('f', 1e-5), ('d', 1e-12)])
def test_resize_and_gradient(size, target, mode, align_corners, dtype, tolerance, impl):
    random = numpy.random.default_rng(0)
    x, gy = (random.standard_normal((3, 2, *shape)).astype(dtype) for shape in (size, target))
    rows, columns = (weights(n, m, mode, align_corners) for n, m in zip(size, target))
    y = resize.resize(x, target, mode, align_corners, impl=impl)
    gx = resize.resize_gradient(gy, size, mode, align_corners, impl=impl)
    assert y.dtype == gx.dtype == dtype
    y_expected, gx_expected = rows @ x @ columns.T, rows.T @ gy @ columns
    numpy.testing.assert_allclose(y, y_expected, atol=tolerance)
    numpy.testing.assert_allclose(gx, gx_expected, atol=10 * tolerance)


@sizes
@pytest.mark.parametrize(('mode', 'align_corners'), MODES)
@pytest.mark.parametrize('impl', [None, 'onednn', 'cpu'])
def test_channels_last(size, target, mode, align_corners, impl):
    """What oneDNN's convolutions make: the layout stays, whoever resizes."""
    random = numpy.random.default_rng(0)
    x, gy = (random.standard_normal((3, *shape, 5)).astype('f').transpose(0, 3, 1, 2) for shape in (size, target))
    rows, columns = (weights(n, m, mode, align_corners) for n, m in zip(size, target))
    y = resize.resize(x, target, mode, align_corners, impl=impl)
    gx = resize.resize_gradient(gy, size, mode, align_corners, impl=impl)
    numpy.testing.assert_allclose(y, rows @ x @ columns.T, atol=1e-5)
    numpy.testing.assert_allclose(gx, rows.T @ gy @ columns, atol=1e-4)
    # A single pixel lies both ways.
    assert is_channels_last(y) or y.flags.c_contiguous and size == (1, 1)
    assert is_channels_last(gx) or gx.flags.c_contiguous and (1, 1) in (size, target)


def test_area_of_an_integer_factor_is_the_mean():
    x = numpy.random.default_rng(0).random((2, 4, 12, 9))
    means = x.reshape(2, 4, 4, 3, 3, 3).mean((3, 5))
    numpy.testing.assert_allclose(resize.resize(x, (4, 3), 'area'), means, atol=1e-14)


def test_one_hot_labels_stay_one_hot_where_they_should():
    classes = numpy.random.default_rng(0).integers(0, 4, (1, 1, 50, 50))
    label = (classes == numpy.arange(4)[:, None, None]).astype('f')
    near = resize.resize(label, (37, 120), 'nearest')
    assert set(numpy.unique(near)) == {0, 1}
    for mode in ('area', 'bilinear'):
        numpy.testing.assert_allclose(resize.resize(label, (13, 20), mode).sum(1), 1, atol=1e-6)


def test_non_contiguous_and_other_leading_axes(impl):
    x = numpy.random.default_rng(0).random((4, 5, 6))
    expected = resize.resize(x.copy(), (7, 3), impl='reference')
    numpy.testing.assert_allclose(resize.resize(numpy.asfortranarray(x), (7, 3), impl=impl), expected)
    numpy.testing.assert_allclose(resize.resize(x[2], (7, 3), impl=impl), expected[2])


def test_unknown_mode():
    with pytest.raises(ValueError, match="mode is 'cubic'; it may be one of bilinear, nearest, area"):
        resize.resize(numpy.zeros((1, 1, 2, 2)), (4, 4), 'cubic')
