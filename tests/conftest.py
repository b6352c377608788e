import gc
import os
from pathlib import Path

import bytecode

if bytecode.NONE_WANTED in os.environ:  # before NumPy and Chainer are imported
    bytecode.keep_for_this_run()
if 'PYTEST_XDIST_WORKER' in os.environ:
    # Several workers share the cores: threads of each that wait for one another's would take most of the time.
    share = str(max(1, (os.cpu_count() or 1) // int(os.environ['PYTEST_XDIST_WORKER_COUNT'])))
    os.environ.update({'OMP_NUM_THREADS': share, 'SPADE_ANIME_THREADS': share})

import matplotlib.figure
import numpy
import pytest
from blank_figures import save_blank
from checkouts import copy_checkout

import spade_anime  # noqa: F401  (before Chainer)
from kernels.runtime.machine import using
from kernels.runtime.memory import choose_gpu_memory
from spade_anime.devices import cuda_devices
from spade_anime.training.planned import PlannedUpdater
from spade_anime.training.updater import GANUpdater

LONGEST = ('kernels/runtime/test_nvrtc.py', 'training/test_planned.py', 'fuzz/test_fuzz_runs.py', 'test_removal.py',
           'training/processes/test_distributed.py', 'training/test_captured.py', 'training/test_interrupted.py',
           'training/test_resume.py', 'page/test_browser_data.py', 'fuzz/test_fuzz_resume.py', 'training/test_soak.py',
           'test_rooms.py', 'fuzz/test_fuzz_options.py', 'kernels/test_real_sizes.py', 'page/test_browser.py',
           'test_collection.py', 'test_contributing.py', 'training/test_degenerate_data.py', 'test_scripts.py',
           'test_generator.py', 'benchmarks/test_step_sides.py', 'training/telling/test_metrics_runs.py',
           'systems/spade/test_blocks.py', 'systems/test_registry.py')
"""Files whose tests take ten seconds or more, from half a minute up in this order."""
savefig = matplotlib.figure.Figure.savefig
pytest_plugins = ['emulator_fixtures', 'picture_fixtures']
if cuda_devices():
    choose_gpu_memory()


def pytest_configure(config):
    """xdist would begin with the files of many tests; it takes the order of the items instead."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items):
    """The longest files first, so that none is left for one worker alone; GPU tests are skipped without a GPU."""
    places = {Path(__file__).parent / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(LONGEST)))
    if cuda_devices():
        return
    for item in items:
        if item.get_closest_marker('gpu'):
            item.add_marker(pytest.mark.skip(reason='no CUDA device'))


def pytest_collection_finish():
    """What was imported and collected stays: no collection of garbage has to walk through it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope='session', autouse=True)
def unmeasured():
    """How long a training will take is measured on two iterations: most of the time of trainings as short as here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('spade_anime.training.overview.estimated_seconds', lambda *_: 1.0)
        yield


@pytest.fixture(scope='session', autouse=True)
def eager_trainings():
    """On a CPU no plans are made: recording them takes most of the time of trainings too short to replay them much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('spade_anime.training.run.PlannedUpdater', GANUpdater)
        yield


@pytest.fixture
def planned_trainings(monkeypatch):
    """They are made, as for users."""
    monkeypatch.setattr('spade_anime.training.run.PlannedUpdater', PlannedUpdater)


@pytest.fixture
def measured(monkeypatch):
    """It is measured, as by users."""
    from spade_anime.training import estimate, overview
    monkeypatch.setattr(overview, 'estimated_seconds', estimate.estimated_seconds)


@pytest.fixture(scope='session', autouse=True)
def blank_figures():
    """Figures are not drawn: it would be a third of the time of trainings as short as here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matplotlib.figure.Figure, 'savefig', save_blank)
        yield


@pytest.fixture(scope='module')
def drawn_figures():
    """Figures are drawn, as for users."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matplotlib.figure.Figure, 'savefig', savefig)
        yield


@pytest.fixture(autouse=True)
def same_weights():
    """New networks draw their weights from NumPy's global state: the same in every test, alone or not."""
    numpy.random.seed(0)


@pytest.fixture(autouse=True)
def same_machine():
    """Settings of the machine hold for the process: what a test, or a script that it runs, chose ends with it."""
    with using():
        yield


@pytest.fixture
def random():
    return numpy.random.RandomState(0)


@pytest.fixture
def checkout(tmp_path):
    """A copy of the scripts and packages, to add folders to and to remove them from."""
    return copy_checkout(tmp_path / 'checkout')
