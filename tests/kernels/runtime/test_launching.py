import sys
import types

import numpy
import pytest

from kernels.leaky_relu import leaky_relu, leaky_relu_gradient
from kernels.runtime import sources
from kernels.runtime.launching import CompileError, CuPy, blocks, kernel, use

SLOPE = 0.2


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'two.cuh').write_text('const int two = 2;\n')
    (tmp_path / 'good.cu').write_text('// variants: T=float32|float16 FLIP=0|1\n// variants: T=int32\n'
                                      '#include "two.cuh"\n#include "two.cuh"\n'
                                      'extern "C" __global__ void fill(T* y) { y[threadIdx.x] = T(two); }\n')
    (tmp_path / 'bad.cu').write_text('extern "C" __global__ void bad(int* y) {\n    y[0] = nothing;\n}\n')
    return tmp_path


def test_headers_are_written_into_the_text_once(folder):
    text = sources.source(folder / 'good.cu', sources.normalized({'T': numpy.dtype('f'), 'FLIP': True}))
    assert text.count('const int two') == 1 and '#include "' not in text
    assert 'using T = float;' in text and '#define FLIP 1' in text
    assert '#line 4 "good.cu"' in text


def test_variants(folder):
    assert len(sources.variants(folder / 'good.cu')) == 5
    with pytest.raises(ValueError, match='not made for T=float64; allowed: FLIP=0 T=float32; '):
        kernel(folder / 'good.cu', 'fill', T=numpy.float64)
    with pytest.raises(ValueError, match='no kernel empty; it has fill'):
        kernel(folder / 'good.cu', 'empty', T='int32')


def test_a_launch_on_numpy_arrays(emulator, folder):
    y = numpy.zeros(32, numpy.int32)
    kernel(folder / 'good.cu', 'fill', T=y.dtype)((1,), (32,), (y,))
    assert (y == 2).all()
    with pytest.raises(ValueError, match='nothing to do'):
        kernel(folder / 'good.cu', 'fill', T=y.dtype)((0,), (32,), (y,))


def test_a_text_that_does_not_compile_is_an_error(emulator, folder):
    with pytest.raises(CompileError, match=r"bad.cu does not compile: bad.cu:2.*error: .*nothing"):
        kernel(folder / 'bad.cu', 'bad')((1,), (32,), (numpy.zeros(1, numpy.int32),))


def test_without_the_emulator_numpy_arrays_are_refused(random):
    with pytest.raises(RuntimeError, match="needs the tests' emulator"):
        leaky_relu(random.normal(size=3).astype('f'), SLOPE, impl='cuda')


def test_blocks_cover_up_to_a_cap():
    assert [blocks(n, 256) for n in (1, 256, 257, 1 << 40)] == [1, 1, 2, 4096]
    with use(None, max_blocks=3):
        assert blocks(1 << 40) == 3


def test_arguments_that_do_not_fit_are_refused(emulator, random):
    x = random.normal(size=(2, 3)).astype('f')
    for impl in ('cuda', 'reference', None):
        with pytest.raises(ValueError, match=r'y is float32\(1, 3\); it has to be float32\(2, 3\) as gy'):
            leaky_relu_gradient(x, x[:1], SLOPE, impl=impl)
    assert leaky_relu(x[:0], SLOPE, impl='cuda').shape == (0, 3)


def test_cupy_gets_zero_for_none(monkeypatch):
    launches = []

    class RawModule:
        def __init__(self, code, options):
            pass

        def compile(self):
            pass

        def get_function(self, name):
            return lambda *arguments, **keywords: launches.append((name, *arguments, keywords))

    monkeypatch.setitem(sys.modules, 'cupy', types.SimpleNamespace(RawModule=RawModule))
    CuPy().compile('', 'some.cu')('some')((1,), (32,), (None, numpy.int32(3)), shared_mem=8)
    assert launches == [('some', (1,), (32,), (0, numpy.int32(3)), {'shared_mem': 8})]
