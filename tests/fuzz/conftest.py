import sys

import pytest
import watch
from samples_made import write_dataset
from tiny import train_all

# What is watched is read from /proc, and limits of memory are not kept elsewhere.
collect_ignore_glob = [] if sys.platform == 'linux' else ['test_*.py']


@pytest.fixture(autouse=True)
def quiet():
    """Whole pictures among the damaged ones may warn of repairs, and strange numbers of overflows."""
    import warnings
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


@pytest.fixture(autouse=True)
def home(monkeypatch):
    """``~`` leads to where a case may write, the working directory."""
    monkeypatch.setenv('HOME', '.')


@pytest.fixture(scope='session')
def trained(tmp_path_factory):
    """Directory of the data set and of the runs of the smallest trainings, which the cases copy."""
    place = tmp_path_factory.mktemp('trained')
    (place / 'dataset').mkdir()
    train_all(write_dataset(place / 'dataset'), place)
    return place


def pytest_terminal_summary(terminalreporter):
    if watch.ran:
        terminalreporter.write_line(f'fuzz: {len(watch.ran)} damaged files and combinations of options')
