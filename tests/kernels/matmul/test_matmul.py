"""Matrix products by cuBLAS, or by its stand-in on the CPU, against NumPy's in double precision."""
import itertools

import cublas_stand_in
import numpy
import pytest
from cuda_arrays import assert_close

from kernels import convolution
from kernels import matmul as kernels
from kernels.matmul import matmul, order_of
from kernels.runtime.arrays import address, array_module
from kernels.runtime.dispatch import implementation
from kernels.runtime.machine import using

TOLERANCE = {'f': 1e-6, 'e': 1e-3}
# TF32 keeps 10 bits of each factor's fraction.
ON_GPU = {'f': 3e-3, 'e': 1e-3}
# M, K, N: one number; one row; one column; one term; odd; powers of two.
SIZES = [(1, 1, 1), (1, 7, 5), (7, 3, 1), (5, 1, 3), (1, 9, 1), (3, 5, 7), (16, 32, 8)]


def check(device, a, b, transa=False, transb=False, **options):
    result = matmul(a, b, transa, transb, impl='cuda', **options)
    wide = [device.numpy(array).astype('d') for array in (a, b)]
    wide = [array.swapaxes(-1, -2) if flag else array for array, flag in zip(wide, (transa, transb))]
    tolerance = ON_GPU if device.on_gpu else TOLERANCE
    assert_close(device, result, wide[0] @ wide[1], tolerance[a.dtype.char])
    assert result.dtype == a.dtype
    return result


def draw(device, random, dtype, *shape):
    return device.array(random.normal(size=shape).astype(dtype))


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('batch', [(), (1,), (3,)])
def test_transposes(device, random, size, batch, dtype):
    m, k, n = size
    for transa, transb, order in itertools.product((False, True), (False, True), 'CF'):
        a = draw(device, random, dtype, *batch, *((k, m) if transa else (m, k)))
        b = draw(device, random, dtype, *batch, *((n, k) if transb else (k, n)))
        result = check(device, a, b, transa, transb, order=order)
        assert result.flags.c_contiguous if order == 'C' else result.swapaxes(-1, -2).flags.c_contiguous


def repeated(matrices):
    """The first of some matrices, once for each, without a copy."""
    return array_module(matrices).broadcast_to(matrices[0], matrices.shape)


# Of an array (6, 8, 9).
IN_PLACE = {'rows_apart': lambda x: x[:, 1:6, 2:7], 'columns_apart': lambda x: x[:, 1:6, 2:7].swapaxes(1, 2),
            'matrices_apart': lambda x: x[::2], 'batch_within': lambda x: x.transpose(1, 0, 2),
            'channels_last': lambda x: x.transpose(0, 2, 1), 'one_for_all': repeated,
            'one_row_each': lambda x: x[:, 3:4], 'one_column_each': lambda x: x[:, :, 3:4],
            'one_of_all': lambda x: x[2]}
COPIED = {'every_second_column': lambda x: x[:, :, ::2], 'rows_backwards': lambda x: x[:, ::-1],
          'matrices_backwards': lambda x: x[::-1], 'batch_last': lambda x: x.transpose(2, 0, 1),
          'one_row_for_all': lambda x: repeated(x.transpose(1, 0, 2)).transpose(1, 0, 2)}


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('name', [*IN_PLACE, *COPIED])
def test_views_are_described_or_copied(device, random, name, dtype):
    x = {**IN_PLACE, **COPIED}[name](draw(device, random, dtype, 6, 8, 9))
    left, right = (draw(device, random, dtype, *x.shape[:-2], *size) for size in ((5, x.shape[-2]), (x.shape[-1], 5)))
    cublas_stand_in.calls()
    for found in (check(device, left, x), check(device, x, right), check(device, x, right, order='F')):
        assert found.shape[:-2] == x.shape[:-2]
    if not device.on_gpu:
        for *_, a, b, _ in (call for call in cublas_stand_in.calls() if call[0] == 'gemm'):
            assert (str(address(x)) in (a, b)) == (name in IN_PLACE)


@pytest.mark.parametrize('lies', [lambda x: x[:, :5, :7], lambda x: x.swapaxes(1, 2)[:, :5, :7],
                                  lambda x: x[::2, 1:, 2:]])
def test_results_go_where_they_are_wanted(device, random, lies):
    whole = draw(device, random, 'f', 6, 9, 10)
    before, out = device.numpy(whole).copy(), lies(whole)
    a, b = draw(device, random, 'f', *out.shape[:2], 4), draw(device, random, 'f', len(out), 4, out.shape[2])
    assert check(device, a, b, out=out) is out
    lies(before)[...] = device.numpy(out)
    numpy.testing.assert_array_equal(device.numpy(whole), before)


def test_nothing_to_do(device):
    for a, b in (((0, 3), (3, 2)), ((2, 3), (3, 0)), ((0, 2, 3), (0, 3, 2)), ((2, 0), (0, 3))):
        check(device, device.array(numpy.ones(a, 'f')), device.array(numpy.ones(b, 'f')))


def test_what_is_refused(device):
    a, b = device.array(numpy.ones((3, 4), 'f')), device.array(numpy.ones((4, 2), 'f'))
    for impl in (None, 'cuda', 'reference'):
        for left, right in ((a, a), (a[None], b), (a[0], b), (a[None], b[None][[0, 0]])):
            with pytest.raises(ValueError, match='no product of'):
                matmul(left, right, impl=impl)
        with pytest.raises(TypeError, match='float32 and float16'):
            matmul(a, b.astype('e'), impl=impl)
        with pytest.raises(ValueError, match=r'the product is float32\(3, 2\); out is float32\(4, 2\)'):
            matmul(a, b, out=b, impl=impl)
        with pytest.raises(ValueError, match="order is 'K'; it may be C or F"):
            matmul(a, b, order='K', impl=impl)
    with pytest.raises(ValueError, match='neither rows nor columns of out are contiguous'):
        matmul(a, b, out=device.array(numpy.ones((3, 4), 'f'))[:, ::2], impl='cuda')
    with pytest.raises(TypeError, match='not float64'):
        matmul(a.astype('d'), b.astype('d'), impl='cuda')


def test_half_precision_is_summed_in_single(device):
    """Terms that half precision would lose: a sum of 2049 ones ends at 2048 there."""
    ones = device.array(numpy.ones((2050, 1), 'e'))
    assert device.numpy(matmul(ones, ones, transa=True, impl='cuda'))[0, 0] == 2050


def test_order_of():
    x = numpy.ones((2, 3, 4), 'f')
    assert [order_of(array) for array in (x, x.swapaxes(1, 2), x[0], x[0].T, x[:, ::2], x[:, :, :1])] == list('CFCFCC')


def test_on_a_cpu_it_is_numpys(random):
    a, b = random.normal(size=(2, 3, 4)), random.normal(size=(2, 4, 5))
    for impl in (None, 'reference'):
        numpy.testing.assert_array_equal(matmul(a, b, impl=impl), numpy.matmul(a, b))
    numpy.testing.assert_allclose(matmul(b, a, True, True, order='F'), (a @ b).swapaxes(1, 2))
    with pytest.raises(RuntimeError, match='stand-in'):
        matmul(a.astype('f'), b.astype('f'), impl='cuda')


def test_single_precision_is_kept_where_asked_for(device, random):
    a, b = draw(device, random, 'f', 64, 64), draw(device, random, 'f', 64, 64)
    with using(precision='fp32'):
        assert_close(device, matmul(a, b, impl='cuda'), device.numpy(a).astype('d') @ device.numpy(b), 1e-6)


@pytest.mark.parametrize('dtype', ['f', 'e'])
@pytest.mark.parametrize('geometry', [(1, 1, 1), (2, 1, 1), (1, 4, 4), (1, 0, 1)])
def test_convolution_without_cudnn(emulator, random, monkeypatch, geometry, dtype):
    """Its three products go to cuBLAS, which is so the only library that a step needs then."""
    x, W = random.normal(size=(2, 3, 9, 8)).astype(dtype), random.normal(size=(5, 3, 3, 3)).astype(dtype)
    monkeypatch.setattr(kernels, 'implementation', lambda impl, array: implementation(impl or 'cuda', array))
    cublas_stand_in.calls()
    y = convolution.convolve(x, W, None, *geometry, impl='reference')
    results = (y, convolution.input_gradient(y, W, x.shape[2:], *geometry, impl='reference'),
               convolution.weight_gradient(x, y, (3, 3), *geometry, impl='reference'))
    assert [call[0] for call in cublas_stand_in.calls()].count('gemm') == 3
    monkeypatch.undo()
    wide, wide_W, wide_y = (array.astype('d') for array in (x, W, y))
    expected = (convolution.convolve(wide, wide_W, None, *geometry),
                convolution.input_gradient(wide_y, wide_W, x.shape[2:], *geometry),
                convolution.weight_gradient(wide, wide_y, (3, 3), *geometry))
    for actual, desired in zip(results, expected, strict=True):
        assert_close(emulator, actual, desired, {'f': 1e-5, 'e': 5e-3}[dtype])
        assert actual.dtype == dtype
