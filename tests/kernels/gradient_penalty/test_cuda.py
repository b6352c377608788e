"""The gradient penalty's kernel and its CPU path against sums written out in double precision."""
import numpy
import pytest
from cuda_arrays import assert_close, layouts, lies_alike

from kernels.gradient_penalty import FORMS, gradient_penalty, gradient_penalty_gradient

TOLERANCE = {'f': 2e-6, 'e': 1e-3, 'd': 1e-12}
# One element; odd sizes; packs, and more of them than two blocks take at once.
SHAPES = [(1, 1, 1, 1), (3, 1, 5, 7), (3, 4, 2, 2), (2, 3, 32, 65)]
forms = pytest.mark.parametrize('form', FORMS)


def by_hand(gradient, scale, form):
    """Penalty of each sample and gradient, in double precision."""
    samples = gradient.astype('d').reshape(len(gradient), -1)
    if form == 'square_then_sum':
        penalty, slopes = [sum(x * x for x in sample) for sample in samples], 2 * samples
    else:
        penalty, slopes = [sum(sample) ** 2 for sample in samples], 2 * samples.sum(1, keepdims=True) + 0 * samples
    return numpy.array(penalty), (scale.astype('d')[:, None] * slopes).reshape(gradient.shape)


def check(device, gradient, scale, form, impl):
    penalty, slopes = by_hand(device.numpy(gradient), device.numpy(scale), form)
    actual, sums = gradient_penalty(gradient, form, impl)
    assert_close(device, actual, penalty, 1e-5 if impl == 'cuda' else 1e-4)
    assert actual.dtype == sums.dtype == numpy.promote_types(gradient.dtype, 'f')
    result = gradient_penalty_gradient(gradient, sums, scale, form, impl)
    assert_close(device, result, slopes, 10 * TOLERANCE[gradient.dtype.char])
    assert result.dtype == gradient.dtype
    return result


def draw(random, shape, dtype):
    return random.normal(size=shape).astype(dtype), random.normal(size=shape[0]).astype('f')


@forms
@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
def test_shapes(device, random, shape, dtype, form):
    gradient, scale = draw(random, shape, dtype)
    scale = device.array(scale)
    for laid, in layouts(device, gradient):
        assert lies_alike(check(device, laid, scale, form, 'cuda'), laid)


@forms
@pytest.mark.parametrize('impl', [None, 'reference'])
@pytest.mark.parametrize('dtype', ['f', 'd', 'e'])
def test_on_a_cpu(emulator, random, impl, dtype, form):
    check(emulator, *draw(random, (3, 3, 5, 7), dtype), form, impl)


@forms
def test_views(device, random, form):
    base, scale = draw(random, (6, 4, 5, 8), 'f')
    base, scale = device.array(base), device.array(scale)
    check(device, base.reshape(-1)[1:-3].reshape(2, -1, 2), scale[:2], form, 'cuda')
    check(device, base[::2, :, ::-1, 1:], scale[::2], form, 'cuda')


def test_half_storage_does_not_overflow(device):
    gradient = device.array(numpy.full((1, 3, 8, 8), 300, 'e'))
    assert float(gradient_penalty(gradient, impl='cuda')[0][0]) == 300 ** 2 * 192


def test_what_is_refused(device, random):
    gradient, scale = (device.array(array) for array in draw(random, (2, 3), 'f'))
    with pytest.raises(ValueError, match="form is 'l2'"):
        gradient_penalty(gradient, 'l2', impl='cuda')
    with pytest.raises(ValueError, match='none of them 0'):
        gradient_penalty(gradient[:0], impl='cuda')
    with pytest.raises(ValueError, match='one a sample'):
        gradient_penalty_gradient(gradient, scale[:1], scale, impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        gradient_penalty(gradient.astype('d'), impl='cuda')


def test_under_sanitizers(sanitizer, random):
    for form in FORMS:
        check(sanitizer, *draw(random, (3, 3, 5, 8), 'f'), form, 'cuda')
