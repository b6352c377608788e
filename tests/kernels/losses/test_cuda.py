"""The losses' kernels and their CPU paths against means written out in double precision."""
import numpy
import pytest
from cuda_arrays import assert_close, layouts, lies_alike

from kernels.losses import HINGE_KINDS, absolute_difference, hinge, slopes_gradient

TOLERANCE = {'f': 2e-6, 'e': 1e-3, 'd': 1e-12}
SHAPES = [(1, 1, 1, 1), (3, 1, 5, 7), (1, 8, 4, 4), (2, 3, 32, 65)]
HINGES = {'real': lambda x: (numpy.maximum(1 - x, 0), -1. * (x < 1)),
          'fake': lambda x: (numpy.maximum(1 + x, 0), 1. * (x > -1)),
          'generator': lambda x: (-x, -numpy.ones_like(x))}
GRADIENT = 0.75


def check(device, found, expected, like, impl):
    """Value and gradient; what is kept for it lies in memory as the input does."""
    (value, slopes), (terms, derivative) = found, expected
    assert value.shape == () and value.dtype == numpy.promote_types(like.dtype, 'f')
    assert_close(device, value, terms.mean(), 1e-5)
    assert slopes.dtype == numpy.int8 and (impl != 'cuda' or lies_alike(slopes, like))
    gradient = device.array(numpy.asarray(GRADIENT, value.dtype))
    result = slopes_gradient(slopes, gradient, like.dtype, impl)
    assert_close(device, result, GRADIENT * derivative / like.size, TOLERANCE[like.dtype.char])
    assert result.dtype == like.dtype and (impl != 'cuda' or lies_alike(result, like))


def check_hinge(device, logits, kind, impl='cuda'):
    check(device, hinge(logits, kind, impl), HINGES[kind](device.numpy(logits).astype('d')), logits, impl)


def check_difference(device, x, target, impl='cuda'):
    difference = device.numpy(x).astype('d') - device.numpy(target).astype('d')
    check(device, absolute_difference(x, target, impl), (abs(difference), numpy.sign(difference)), x, impl)


def draw(random, shape, dtype):
    """Two arrays that are equal in places."""
    x, target = (2 * random.normal(size=(2, *shape))).astype(dtype)
    target[..., ::3] = x[..., ::3]
    return x, target


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
def test_shapes(device, random, shape, dtype):
    for x, target in layouts(device, *draw(random, shape, dtype)):
        check_difference(device, x, target)
        for kind in HINGE_KINDS:
            check_hinge(device, x, kind)


@pytest.mark.parametrize('impl', [None, 'reference'])
@pytest.mark.parametrize('dtype', ['f', 'e', 'd'])
def test_on_a_cpu(emulator, random, monkeypatch, impl, dtype):
    monkeypatch.setattr('kernels.losses.cpu.BLOCK', 50)
    x, target = draw(random, (3, 4, 5, 7), dtype)
    check_difference(emulator, x, target, impl)
    check_difference(emulator, x.T, target.T, impl)
    for kind in HINGE_KINDS:
        check_hinge(emulator, x, kind, impl)


def test_views(device, random):
    x, target = (device.array(array) for array in draw(random, (1025,), 'f'))
    check_difference(device, x[1:], target[1:])
    check_difference(device, x[1:], target[:-1])
    check_difference(device, x[::2], target[::-2])
    check_hinge(device, x[1:], 'real')


def test_what_is_refused(device, random):
    x, target = (device.array(array) for array in draw(random, (2, 3), 'f'))
    with pytest.raises(ValueError, match="kind is 'both'"):
        hinge(x, 'both', impl='cuda')
    with pytest.raises(ValueError, match='has no mean'):
        hinge(x[:0], 'real', impl='cuda')
    with pytest.raises(ValueError, match=r'target is float32\(1, 3\); it has to be float32\(2, 3\) as x'):
        absolute_difference(x, target[:1], impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        absolute_difference(x.astype('d'), target.astype('d'), impl='cuda')


def test_under_sanitizers(sanitizer, random):
    x, target = draw(random, (2, 3, 5, 9), 'e')
    check_difference(sanitizer, x, target)
    check_hinge(sanitizer, x, 'fake')
