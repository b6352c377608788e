"""The resizing kernel against the matrices in double precision."""
import numpy
import pytest
from cuda_arrays import assert_close, channels_last, layouts, lies_alike

from kernels import resize

MODES = [('bilinear', False), ('bilinear', True), ('nearest', False), ('area', False)]
SIZES = [((1, 1), (1, 1)), ((1, 1), (4, 3)), ((5, 7), (10, 14)), ((8, 6), (4, 3)), ((9, 40), (7, 13)),
         ((16, 3), (5, 20)), ((6, 6), (6, 1)), ((70, 2), (2, 70)), ((2, 16), (4, 32)), ((17, 2), (16, 1))]
TOLERANCE = {'f': 2e-6, 'e': 2e-3}


def check(device, x, gy, mode, align_corners):
    """Forward and gradient, each as its own resizing in the reference."""
    size, target = x.shape[-2:], gy.shape[-2:]
    y = resize.resize(x, target, mode, align_corners, impl='cuda')
    gx = resize.resize_gradient(gy, size, mode, align_corners, impl='cuda')
    assert (y.dtype, gx.dtype) == (x.dtype, x.dtype)
    how = mode, align_corners, 'reference'
    assert_close(device, y, resize.resize(x.astype('d'), target, *how), TOLERANCE[x.dtype.char])
    assert_close(device, gx, resize.resize_gradient(gy.astype('d'), size, *how), TOLERANCE[x.dtype.char])
    return y, gx


@pytest.mark.parametrize(('size', 'target'), SIZES)
@pytest.mark.parametrize(('mode', 'align_corners'), MODES)
@pytest.mark.parametrize(('dtype', 'batch', 'channels'), [('f', 3, 4), ('e', 1, 5)])
def test_both_layouts(device, random, size, target, mode, align_corners, dtype, batch, channels):
    arrays = [random.normal(size=(batch, channels, *shape)).astype(dtype) for shape in (size, target)]
    for x, gy in layouts(device, *arrays):
        y, gx = check(device, x, gy, mode, align_corners)
        assert lies_alike(y, x) and lies_alike(gx, gy)


def test_one_channel_and_packs_of_half(device, random):
    for dtype, channels in (('f', 1), ('e', 16)):
        arrays = [random.normal(size=(2, channels, *shape)).astype(dtype) for shape in ((4, 3), (8, 6))]
        for x, gy in layouts(device, *arrays):
            y, gx = check(device, x, gy, 'bilinear', False)
            assert lies_alike(y, x) and lies_alike(gx, gy)


def test_views(device, random):
    base = device.array(random.normal(size=(3 * 4 * 5 * 6 + 1)).astype('f'))
    gy = random.normal(size=(3, 4, 10, 12)).astype('f')
    shifted = base[1:].reshape(3, 5, 6, 4).transpose(0, 3, 1, 2)
    check(device, shifted, channels_last(device, gy), 'bilinear', False)
    gy = device.array(gy)
    check(device, base[:-1].reshape(3, 6, 5, 4).T.swapaxes(0, 3)[:, :, ::-1], gy[:, :, ::-1], 'bilinear', True)
    check(device, base[1:].reshape(6, 5, 12)[:, 1:], gy[0], 'area', False)


def test_what_is_refused(device, random):
    x = device.array(random.normal(size=(1, 2, 3, 4)).astype('f'))
    with pytest.raises(ValueError, match='sides of 1 to 16384'):
        resize.resize(x, (3, 20000), impl='cuda')
    with pytest.raises(ValueError, match='no empty array'):
        resize.resize(x[:0], (3, 2), impl='cuda')
    with pytest.raises(ValueError, match="mode is 'cubic'"):
        resize.resize(x, (3, 2), 'cubic', impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        resize.resize(x.astype('d'), (3, 2), impl='cuda')


def test_places_are_exact_at_great_sizes(device):
    x = device.array(numpy.arange(4096, dtype='f').reshape(1, 1, 1, -1) % 2)
    check(device, x, device.array(numpy.ones((1, 1, 1, 3001), 'f')), 'bilinear', True)


def test_under_sanitizers(sanitizer, random):
    arrays = [random.normal(size=(2, 4, *shape)).astype('f') for shape in ((3, 5), (6, 10))]
    for x, gy in layouts(sanitizer, *arrays):
        check(sanitizer, x, gy, 'bilinear', False)
