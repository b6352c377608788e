"""Spectral normalisation's kernels against the formula in double precision."""
import numpy
import pytest
from cuda_arrays import assert_close

from kernels.spectral_norm import Layers, normalize, weight_gradient

TOLERANCE = {'f': 2e-5, 'e': 2e-3}
# One number; one row and one column; odd; packs; more rows, columns and elements than two blocks take at once.
SHAPES = [(1, 1), (1, 50), (50, 1), (3, 7), (16, 64), (70, 131), (5, 2304)]


def check_forward(device, matrix, u, found):
    expected = normalize(device.numpy(matrix).astype('d'), u.astype('d'), impl='reference')
    for actual, desired in zip(found, expected):
        assert_close(device, actual, desired, TOLERANCE[matrix.dtype.char])
    assert found[0].dtype == matrix.dtype and {array.dtype.name for array in found[1:]} == {'float32'}
    assert found[3].shape == ()


def check(device, matrix, g, u):
    found = normalize(matrix, device.array(u), impl='cuda')
    check_forward(device, matrix, u, found)
    gradient = weight_gradient(g, *found, impl='cuda')
    wide = [device.numpy(array).astype('d') for array in (g, *found)]
    assert_close(device, gradient, weight_gradient(*wide, impl='reference'), TOLERANCE[matrix.dtype.char])
    assert gradient.dtype == g.dtype


def draw(random, shape, dtype):
    return (*random.normal(size=(2, *shape)).astype(dtype), random.normal(size=shape[0]).astype('f'))


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('shape', SHAPES)
def test_shapes(device, random, shape, dtype):
    matrix, g, u = draw(random, shape, dtype)
    check(device, device.array(matrix), device.array(g), u)


def test_views(device, random):
    matrix, g, u = draw(random, (9, 40), 'f')
    matrix, g = device.array(matrix), device.array(g)
    check(device, matrix.reshape(-1)[1:-3].reshape(4, 89), g.reshape(-1)[3:-1].reshape(4, 89), u[:4])
    check(device, matrix[:, ::-2], g[:, 1::2], u)
    check(device, matrix.T, g.T, numpy.resize(u, 40))


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('impl', ['cuda', 'reference'])
def test_all_layers_together(device, random, dtype, impl):
    drawn = [draw(random, shape, dtype) for shape in SHAPES]
    matrices, us = ([device.array(arrays[i]) for arrays in drawn] for i in (0, 2))
    layers, before = Layers(), [u for *_, u in drawn]
    for update in (False, True, True):
        found = layers.normalize(matrices, us, update, impl)
        assert len(found) == len(SHAPES)
        for matrix, u, one, start in zip(matrices, us, found, before):
            if impl == 'cuda':
                check_forward(device, matrix, start, one)
            numpy.testing.assert_array_equal(device.numpy(u), device.numpy(one[1]) if update else start)
        before = [device.numpy(u).copy() for u in us]


def test_the_table_follows_the_weights(device, random):
    (matrix, other, u), layers = draw(random, (4, 6), 'f'), Layers()
    us = [device.array(u)]
    for weight in (matrix, other, matrix):
        weight = device.array(weight)
        check_forward(device, weight, u, layers.normalize([weight], us, impl='cuda')[0])


def test_what_is_refused(device, random):
    matrix, g, u = (device.array(array) for array in draw(random, (4, 6), 'f'))
    for arrays in ((matrix, u[1:]), (matrix[:0], u[:0]), (u, u)):
        with pytest.raises(ValueError, match='they have to be .out, n. and .out,.'):
            normalize(*arrays, impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        normalize(matrix.astype('d'), u, impl='cuda')
    with pytest.raises(ValueError, match='not contiguous, or of another type'):
        Layers().normalize([matrix, g.astype('e')], [u, u], impl='cuda')
    with pytest.raises(ValueError, match='not contiguous, or of another type'):
        Layers().normalize([matrix[:, ::2]], [u], impl='cuda')


def test_under_sanitizers(sanitizer, random):
    check(sanitizer, *draw(random, (9, 70), 'f'))
