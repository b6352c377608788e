"""Fixtures for tests of CUDA kernels."""
import pytest
from card import Card
from cuda_emulator import Emulator

from kernels import _module


def pytest_addoption(parser):
    parser.addoption('--card', action='store_true', help='run the CUDA kernels on a CUDA device, not in the emulator')


@pytest.fixture
def emulator(request):
    """Within the test ``impl='cuda'`` runs on NumPy arrays; two blocks at most, so that grid-stride loops go on."""
    on_card = request.config.getoption('--card')
    if not on_card and Emulator.missing():
        pytest.skip(Emulator.missing())
    with _module.use(Card() if on_card else Emulator(), max_blocks=2) as backend:
        yield backend


@pytest.fixture(params=['address', 'thread'])
def sanitizer(request):
    """The same under each sanitizer: some 0.1 to 1 s a launch, so for few and small ones."""
    if Emulator.missing():
        pytest.skip(Emulator.missing())
    with _module.use(Emulator(request.param), max_blocks=2) as backend:
        yield backend
