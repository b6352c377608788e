"""Fixtures for tests of CUDA kernels: where these run, and who watches."""
import contextlib

import cublas_stand_in
import numpy
import pytest
from cuda_emulator import Emulator

from kernels.matmul import cublas
from kernels.runtime import launching

# So few that the grid-stride loops of any test that is not tiny go on.
MAX_BLOCKS = 2


class Device:
    """Where ``impl='cuda'`` runs within a test: on NumPy arrays in the emulator, or on CuPy arrays on a GPU."""

    def __init__(self, on_gpu: bool):
        self.on_gpu = on_gpu

    def array(self, array):
        """Contiguous copy of a NumPy array there; take views of the copy."""
        if self.on_gpu:
            import cupy
            return cupy.array(array, order='C')
        return numpy.array(array, order='C')

    def numpy(self, array) -> numpy.ndarray:
        """Back as a NumPy array."""
        return array.get() if self.on_gpu else array


@contextlib.contextmanager
def emulation(sanitizer=None, max_blocks=MAX_BLOCKS):
    if Emulator.missing():
        pytest.skip(Emulator.missing())
    with launching.use(Emulator(sanitizer), max_blocks), cublas.use(cublas_stand_in.handle()):
        yield Device(on_gpu=False)


@pytest.fixture
def emulator():
    """Within the test ``impl='cuda'`` runs on NumPy arrays."""
    with emulation() as device:
        yield device


@pytest.fixture(params=['address', 'thread'])
def sanitizer(request):
    """The same under each sanitizer: some 0.1 to 1 s a launch, so for few and small ones."""
    with emulation(request.param) as device:
        yield device


@pytest.fixture(params=['emulator', pytest.param('gpu', marks=pytest.mark.gpu)])
def device(request):
    """The test once in the emulator and, where there is one, once on the GPU: the same cases, the same launches."""
    if request.param == 'emulator':
        with emulation() as device:
            yield device
    else:
        with launching.use(None, MAX_BLOCKS):
            yield Device(on_gpu=True)


@pytest.fixture(params=['emulator', pytest.param('gpu', marks=pytest.mark.gpu)])
def uncapped_device(request):
    """As ``device``, with the grids that training launches."""
    if request.param == 'emulator':
        with emulation(max_blocks=launching.MAX_BLOCKS) as device:
            yield device
    else:
        yield Device(on_gpu=True)
