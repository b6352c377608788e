"""Fixtures for tests of CUDA kernels."""
import pytest
from cuda_emulator import Emulator

from kernels import _module


@pytest.fixture
def emulator():
    """Within the test ``impl='cuda'`` runs on NumPy arrays; two blocks at most, so that grid-stride loops go on."""
    if Emulator.missing():
        pytest.skip(Emulator.missing())
    with _module.use(Emulator(), max_blocks=2) as backend:
        yield backend


@pytest.fixture(params=['address', 'thread'])
def sanitizer(request):
    """The same under each sanitizer: some 0.1 to 1 s a launch, so for few and small ones."""
    if Emulator.missing():
        pytest.skip(Emulator.missing())
    with _module.use(Emulator(request.param), max_blocks=2) as backend:
        yield backend
