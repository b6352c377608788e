"""What cuBLAS is told: by the stand-in's record, with a module in CuPy's place, and by cuBLAS' own header."""
import ctypes
import re
import subprocess
import sys
import types
from pathlib import Path

import cublas_stand_in
import numpy
import pytest

from kernels.matmul import cublas, matmul
from kernels.runtime.machine import PRECISIONS, using

STREAM = 77
# Where wheels keep their headers.
CUDA, CUPY = 'nvidia/*/include', 'cupy/_core/include/cupy/_cccl/libcudacxx'


class GpuArray(numpy.ndarray):
    """An array that counts as CuPy's."""


def empty(shape, dtype):
    """As CuPy's arrays, an array's first byte is aligned."""
    size = int(numpy.prod(shape)) * numpy.dtype(dtype).itemsize
    memory = numpy.empty(size + 512, numpy.uint8)
    start = -memory.ctypes.data % 512
    return memory[start:start + size].view(dtype).reshape(shape).view(GpuArray)


@pytest.fixture
def cupy(emulator, monkeypatch):
    """A module in CuPy's place whose current device is 3, a Hopper card, with the stand-in as its cuBLAS."""
    stream = types.SimpleNamespace(ptr=STREAM, is_capturing=lambda: False)
    cuda = types.SimpleNamespace(
        runtime=types.SimpleNamespace(getDevice=lambda: 3), get_current_stream=lambda: stream,
        Device=lambda number: types.SimpleNamespace(compute_capability='90' if number == 3 else '86'))
    module = types.SimpleNamespace(ndarray=GpuArray, empty=empty, cuda=cuda, matmul=None)
    monkeypatch.setitem(sys.modules, 'cupy', module)
    monkeypatch.setattr(cublas, 'load', cublas_stand_in.library)
    cublas._device_handle.cache_clear()
    cublas_stand_in.calls()
    yield module
    cublas._device_handle.cache_clear()


@pytest.fixture
def factors():
    """Two matrices (2, 3) and (3, 4), as if on the GPU."""
    return [numpy.arange(1, 1 + m * n, dtype='f').reshape(m, n).view(GpuArray) for m, n in ((2, 3), (3, 4))]


def test_calls_in_the_order_that_capture_asks_for(cupy, factors):
    numpy.testing.assert_array_equal(matmul(*factors), factors[0] @ factors[1])
    create, stream, (_, workspace, size), math, gemm = cublas_stand_in.calls()
    assert (create, stream, int(size), math) == (['create'], ['stream', str(STREAM)], 32 << 20, ['math', '3'])
    # The transposed product: 4 x 2 of 3 terms, with b's and a's rows as columns.
    assert ' '.join(gemm[:13]) == 'gemm N N 4 2 3 4 0 3 0 4 0 1'
    cupy.cuda.get_current_stream().ptr = 78
    matmul(*factors)
    stream, (_, *buffer), math, gemm = cublas_stand_in.calls()
    assert stream == ['stream', '78'] and buffer == [workspace, size]


def test_a_device_has_its_handle_and_workspace(cupy, factors):
    matmul(*factors)
    cupy.cuda.runtime.getDevice = lambda: 1
    matmul(*factors)
    cupy.cuda.runtime.getDevice = lambda: 3
    matmul(*factors)
    calls = cublas_stand_in.calls()
    assert [call[0] for call in calls].count('create') == 2
    (_, first, _), (_, second, size), third = (call[1:] and call for call in calls if call[0] == 'workspace')
    assert first != second and third[1] == first and int(size) == 4 << 20


@pytest.mark.parametrize(('precision', 'dtype', 'mode', 'compute'), [
    ('fp32', 'f', 0, 68), ('tf32', 'f', 3, 77), ('fp16', 'f', 3, 77),
    *((name, 'e', 16, 68) for name in PRECISIONS)])
def test_precision(cupy, factors, precision, dtype, mode, compute):
    with using(precision=precision):
        assert matmul(*(factor.astype(dtype) for factor in factors)).dtype == dtype
    *_, math, gemm = cublas_stand_in.calls()
    assert (math, gemm[13]) == (['math', str(mode)], str(compute))


def test_nothing_is_made_within_a_capture(cupy, factors):
    cupy.cuda.get_current_stream().is_capturing = lambda: True
    with pytest.raises(RuntimeError, match='first matrix product comes within the capture'):
        matmul(*factors)
    cupy.cuda.get_current_stream().is_capturing = lambda: False
    matmul(*factors)
    cupy.cuda.get_current_stream().is_capturing = lambda: True
    cupy.empty, allocated = lambda shape, dtype: allocated.append(shape) or empty(shape, dtype), []
    matmul(*factors)
    # CuPy's pool gives the result; nothing else is asked for.
    assert allocated == [(2, 4)]


@pytest.mark.gpu
@pytest.mark.parametrize('dtype', ['f', 'e'])
def test_a_captured_product_is_replayed(random, dtype):
    import cupy
    a, b = (cupy.array(random.normal(size=shape).astype(dtype)) for shape in ((2, 30, 70), (2, 70, 50)))
    with cupy.cuda.Stream(non_blocking=True) as stream:
        matmul(a, b)
        stream.begin_capture()
        result = matmul(a, b)
        graph = stream.end_capture()
        a *= 2
        graph.launch(stream)
        stream.synchronize()
        expected = a.get().astype('d') @ b.get()
        numpy.testing.assert_allclose(result.get(), expected, atol=3e-3 * abs(expected).max())


def refused(handle, **changes):
    """Name of the status that a product of two 4 x 4 matrices ends with."""
    array = numpy.ones((4, 4), 'f')
    matrices = {name: cublas.Matrices(array.ctypes.data, False, 4, 0) for name in 'abc'}
    arguments = {'stream': 0, 'dtype': array.dtype, 'sizes': (4, 4, 4, 1), **matrices, **changes}
    with pytest.raises((cublas.CublasError, ValueError)) as caught:
        handle.gemm(**arguments)
    return str(caught.value)


def test_statuses_are_named(emulator):
    handle, array = cublas_stand_in.handle(), numpy.ones((4, 4), 'f')
    narrow = cublas.Matrices(array.ctypes.data, False, 3, 0)
    for changes in ({'a': narrow}, {'b': narrow}, {'c': narrow}, {'sizes': (4, -1, 4, 1)},
                    {'a': cublas.Matrices(0, False, 4, 0)}):
        assert refused(handle, **changes) == ('cublasGemmStridedBatchedEx failed: CUBLAS_STATUS_INVALID_VALUE '
                                              '(status 7)')
    assert 'more than cuBLAS can count' in refused(handle, sizes=(4, 2 ** 31, 4, 1))
    assert 'more than cuBLAS can count' in refused(handle, a=cublas.Matrices(array.ctypes.data, False, 2 ** 31, 0))
    without = cublas.Handle(cublas_stand_in.library(), numpy.zeros(0, numpy.uint8))
    assert 'CUBLAS_STATUS' in refused(without)


def test_the_stand_in_has_the_functions_of_the_header():
    """Compiled with cuBLAS' header a function of other parameters is an error, as are other values of its names."""
    names = {'cublas_api.h': CUDA, 'cuda_runtime_api.h': CUDA, 'crt/host_defines.h': CUDA, 'nv/target': CUPY}
    folders = [next((found for folder in sys.path for found in Path(folder or '.').glob(where)
                     if (found / name).exists()), None) for name, where in names.items()]
    if None in folders:
        pytest.skip('no header of cuBLAS: pip install nvidia-cublas nvidia-cuda-runtime nvidia-cuda-crt')
    values = {'CUBLAS_OP_T': cublas.OPERATION_T, 'CUBLAS_OP_N': cublas.OPERATION_N,
              'CUDA_R_32F': cublas.TYPES['float32'], 'CUDA_R_16F': cublas.TYPES['float16'],
              'CUBLAS_COMPUTE_32F': cublas.COMPUTE_32F,
              'CUBLAS_COMPUTE_32F_FAST_TF32': cublas.COMPUTE_32F_FAST_TF32,
              'CUBLAS_GEMM_DEFAULT': cublas.DEFAULT_ALGORITHM,
              'CUBLAS_DEFAULT_MATH': cublas.DEFAULT_MATH, 'CUBLAS_TF32_TENSOR_OP_MATH': cublas.TF32_MATH,
              'CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION': cublas.FULL_REDUCTIONS}
    text = cublas_stand_in.SOURCE.read_text() + ''.join(
        f'static_assert({name} == {value}, "{name}");\n' for name, value in values.items())
    command = ['g++', '-std=c++17', '-fsyntax-only', '-DCUBLAS_HEADER=<cublas_api.h>',
               *(f'-I{folder}' for folder in folders), '-x', 'c++', '-']
    run = subprocess.run(command, input=text, text=True, capture_output=True)
    assert run.returncode == 0, run.stderr


def test_parameters_are_those_of_the_stand_in():
    """What is declared for ctypes is what the stand-in declares as C++, and with the header that is cuBLAS' own."""
    declared = dict(re.findall(r'^cublasStatus_t (\w+)\((.*?)\) {', cublas_stand_in.SOURCE.read_text(), re.M | re.S))
    for name, parameters in cublas.PARAMETERS.items():
        assert parameters == tuple(map(ctype, declared[name].split(','))), name


def ctype(parameter: str):
    """Type for ctypes of a C++ parameter; enumerations are ints."""
    if '*' in parameter or 'cublasHandle_t' in parameter or 'cudaStream_t' in parameter:
        return ctypes.c_void_p
    return ctypes.c_longlong if 'long long' in parameter else ctypes.c_size_t if 'size_t' in parameter else ctypes.c_int


def test_the_real_library_without_a_driver():
    """Its functions are found, and its refusal is named."""
    try:
        library = cublas.load()
    except (ImportError, RuntimeError) as error:
        pytest.skip(str(error))
    from spade_anime.devices import cuda_devices
    if cuda_devices():
        pytest.skip('there is a driver')
    with pytest.raises(cublas.CublasError, match='cublasCreate_v2 failed: CUBLAS_STATUS_NOT_INITIALIZED'):
        cublas.Handle(library, numpy.zeros(0, numpy.uint8))
