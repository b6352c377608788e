import numpy
import pytest

import spade_anime  # noqa: F401  (before Chainer)
from spade_anime.devices import cuda_devices

pytest_plugins = ['emulator_fixtures']


def pytest_collection_modifyitems(items):
    if cuda_devices():
        return
    for item in items:
        if item.get_closest_marker('gpu'):
            item.add_marker(pytest.mark.skip(reason='no CUDA device'))


@pytest.fixture(autouse=True)
def same_weights():
    """New networks draw their weights from NumPy's global state: the same in every test, alone or not."""
    numpy.random.seed(0)


@pytest.fixture
def random():
    return numpy.random.RandomState(0)
