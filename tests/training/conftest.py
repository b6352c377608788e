import pytest
from tiny_runs import copy_samples, without_estimate


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Seven portraits of the example."""
    return copy_samples(tmp_path_factory.mktemp('data') / 'few', 7)


@pytest.fixture(scope='module')
def no_estimate():
    with without_estimate():
        yield
