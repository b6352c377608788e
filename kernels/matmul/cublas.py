"""cuBLAS through ctypes, for products within the capture of a CUDA graph, where CuPy's own calls of it are refused.

During a capture cuBLAS may neither allocate nor wait. So the handle is made before, and the workspace, which cuBLAS
would otherwise allocate for every graph anew, is a buffer that is never freed nor resized: a graph keeps its address.
"""
import contextlib
import ctypes
import functools
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple

import numpy

from ..runtime.arrays import Array, address
from ..runtime.machine import machine

# Values of the enumerations in cublas_api.h and library_types.h.
OPERATION_N, OPERATION_T = 0, 1
TYPES = {'float32': 0, 'float16': 2}
COMPUTE_32F, COMPUTE_32F_FAST_TF32 = 68, 77
DEFAULT_MATH, TF32_MATH, FULL_REDUCTIONS = 0, 3, 16
DEFAULT_ALGORITHM = -1
LARGEST = 2 ** 31 - 1

# Sizes that cuBLAS recommends: from Hopper on, and before.
WORKSPACE, WORKSPACE_BEFORE_HOPPER = 32 << 20, 4 << 20

INT, LONG, POINTER = ctypes.c_int, ctypes.c_longlong, ctypes.c_void_p
PARAMETERS = {
    'cublasCreate_v2': (POINTER,),
    'cublasSetStream_v2': (POINTER, POINTER),
    'cublasSetWorkspace_v2': (POINTER, POINTER, ctypes.c_size_t),
    'cublasSetMathMode': (POINTER, INT),
    'cublasGemmStridedBatchedEx': (POINTER, INT, INT, INT, INT, INT, POINTER, POINTER, INT, INT, LONG, POINTER, INT,
                                   INT, LONG, POINTER, POINTER, INT, INT, LONG, INT, INT, INT),
}
ONE, ZERO = ctypes.c_float(1), ctypes.c_float(0)


class CublasError(RuntimeError):
    """A call that cuBLAS refused, with the name of its status."""


class Matrices(NamedTuple):
    """A batch of matrices in memory: columns are contiguous, or rows where they are stored ``transposed``.

    ``leading`` is the distance of these columns or rows, ``step`` that of the matrices, both in elements.
    """

    address: int
    transposed: bool
    leading: int
    step: int


class Handle:
    """A cuBLAS handle of the current device; ``workspace``, an array there, is kept as long.

    Products on several streams share the workspace, so these must not run at the same time.
    """

    def __init__(self, library: ctypes.CDLL, workspace: Array):
        self._functions = {name: getattr(library, name) for name in PARAMETERS}
        for name, function in self._functions.items():
            function.argtypes, function.restype = PARAMETERS[name], INT
        self._status_name = library.cublasGetStatusName
        self._status_name.argtypes, self._status_name.restype = (INT,), ctypes.c_char_p
        self._workspace, self._lock, self._handle = workspace, threading.Lock(), POINTER()
        self._call('cublasCreate_v2', ctypes.byref(self._handle))

    def gemm(self, stream: int, dtype: numpy.dtype, sizes: tuple[int, int, int, int], a: Matrices, b: Matrices,
             c: Matrices) -> None:
        """Queue ``c = a b`` on ``stream`` for matrices (m, k), (k, n) and (m, n), ``sizes`` being m, n, k and batch.

        The columns of ``c`` are contiguous. Products are summed in single precision.
        """
        m, n, k, batch = sizes
        if max(*sizes, a.leading, b.leading, c.leading) > LARGEST:
            raise ValueError(f'{batch} products of {m} x {k} and {k} x {n} matrices, {a.leading}, {b.leading} and '
                             f'{c.leading} elements apart, are more than cuBLAS can count')
        kind, (mode, compute) = TYPES[dtype.name], _arithmetic(dtype)
        # Another thread must not put its stream in between.
        with self._lock:
            self._call('cublasSetStream_v2', self._handle, stream)
            # Choosing a stream puts cuBLAS' own workspace back.
            self._call('cublasSetWorkspace_v2', self._handle, address(self._workspace), self._workspace.nbytes)
            self._call('cublasSetMathMode', self._handle, mode)
            self._call('cublasGemmStridedBatchedEx', self._handle, _operation(a), _operation(b), m, n, k,
                       ctypes.byref(ONE), a.address, kind, a.leading, a.step, b.address, kind, b.leading, b.step,
                       ctypes.byref(ZERO), c.address, kind, c.leading, c.step, batch, compute, DEFAULT_ALGORITHM)

    def _call(self, name: str, *arguments) -> None:
        status = self._functions[name](*arguments)
        if status:
            raise CublasError(f'{name} failed: {self._status_name(status).decode()} (status {status})')


def _operation(matrices: Matrices) -> int:
    return OPERATION_T if matrices.transposed else OPERATION_N


def _arithmetic(dtype) -> tuple[int, int]:
    """Math mode and type of computation."""
    if dtype == numpy.float16:
        # Without the flag, sums that several blocks share may be added up in half precision.
        return DEFAULT_MATH | FULL_REDUCTIONS, COMPUTE_32F
    return (TF32_MATH, COMPUTE_32F_FAST_TF32) if machine().allows_tf32 else (DEFAULT_MATH, COMPUTE_32F)


_stand_in = None


@contextlib.contextmanager
def use(handle: Handle) -> Iterator[Handle]:
    """Let ``handle``, of a library that computes on the CPU, multiply NumPy arrays."""
    global _stand_in
    before, _stand_in = _stand_in, handle
    try:
        yield handle
    finally:
        _stand_in = before


def handle_and_stream(array: Array) -> tuple[Handle, int]:
    """Who multiplies ``array``, and where the work is queued: CuPy's current device and stream."""
    cupy = sys.modules.get('cupy')
    if cupy is not None and isinstance(array, cupy.ndarray):
        return _device_handle(cupy.cuda.runtime.getDevice()), cupy.cuda.get_current_stream().ptr
    if _stand_in is None:
        raise RuntimeError("cuBLAS on NumPy arrays needs the tests' stand-in; leave impl at None to compute on the "
                           'CPU, or hand over CuPy arrays')
    return _stand_in, 0


@functools.cache
def _device_handle(device: int) -> Handle:
    import cupy
    if cupy.cuda.get_current_stream().is_capturing():
        raise RuntimeError('the first matrix product comes within the capture of a CUDA graph, where neither a '
                           'cuBLAS handle nor its workspace can be made; run a step before')
    hopper = int(cupy.cuda.Device(device).compute_capability) >= 90
    return Handle(load(), cupy.empty(WORKSPACE if hopper else WORKSPACE_BEFORE_HOPPER, numpy.uint8))


def load() -> ctypes.CDLL:
    """The cuBLAS that CuPy has loaded or would load: a wheel's, conda's or the system's. RuntimeError without one."""
    from cuda.pathfinder import DynamicLibNotFoundError, load_nvidia_dynamic_lib
    try:
        return ctypes.CDLL(load_nvidia_dynamic_lib('cublas').abs_path)
    except DynamicLibNotFoundError as error:
        raise RuntimeError('cuBLAS is not installed; pip install "cupy-cuda13x[ctk]", or "cupy-cuda12x[ctk]", '
                           'brings it') from error
