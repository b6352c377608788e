"""Which implementation runs."""
import numpy
import pytest

from kernels.runtime import dispatch
from kernels.runtime.across import Across
from kernels.runtime.machine import using


def test_which_implementation(monkeypatch):
    half, single, double = (numpy.zeros(1, dtype) for dtype in 'efd')
    ways = [dispatch.implementation(impl, single) for impl in (None, 'reference', 'cuda')]
    assert ways == ['cpu', 'reference', 'cuda']
    assert [dispatch.implementation(None, array) for array in (half, single, double)] == ['reference', 'cpu', 'cpu']
    with pytest.raises(TypeError, match='float32 or float16, not float64'):
        dispatch.implementation('cuda', double)
    with pytest.raises(ValueError, match="'fast'"):
        dispatch.implementation('fast', single)
    monkeypatch.setattr(dispatch, 'array_module', lambda array: 'another than NumPy')
    assert [dispatch.implementation(None, array) for array in (single, double)] == ['cuda', 'reference']
    with using(kernels='reference'):
        assert dispatch.implementation(None, single) == 'reference'


def test_several_processes_compute_by_the_reference():
    single, several = numpy.zeros(1, 'f'), Across(lambda array: array, 2)
    assert [dispatch.implementation(impl, single, across=several) for impl in (None, 'cuda')] == ['reference'] * 2


def test_engines_of_a_cpu_take_numpy_arrays(monkeypatch):
    single = numpy.zeros(1, 'f')
    assert dispatch.implementation('onednn', single, cpu=('onednn', 'cpu')) == 'onednn'
    with pytest.raises(ValueError, match="'mkl'; it may be None, 'reference', 'cuda', 'onednn' or 'cpu'"):
        dispatch.implementation('mkl', single, cpu=('onednn', 'cpu'))
    monkeypatch.setattr(dispatch, 'array_module', lambda array: 'another than NumPy')
    with pytest.raises(RuntimeError, match="impl='onednn' takes NumPy arrays"):
        dispatch.implementation('onednn', single, cpu=('onednn', 'cpu'))


def test_another_engine_and_another_type_may_decide():
    single, numbers = numpy.zeros(1, 'f'), numpy.zeros(1, numpy.int8)
    assert dispatch.implementation('cudnn', single, gpu='cudnn') == 'cudnn'
    with pytest.raises(ValueError, match="'cuda'; it may be None, 'reference' or 'cudnn'"):
        dispatch.implementation('cuda', single, gpu='cudnn')
    assert dispatch.implementation('cuda', numbers, dtype=numpy.float16) == 'cuda'
    with pytest.raises(TypeError, match='uint32, not float32'):
        dispatch.implementation('cuda', single, ('uint32',))
