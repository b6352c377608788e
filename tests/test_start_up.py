"""What a command imports before it does anything: the imports are most of what a user waits for."""
import subprocess
import sys
from pathlib import Path

import pytest
from from_systems import needs

from spade_anime.systems import SYSTEMS
from spade_anime.systems.options import Declared

ROOT = Path(__file__).parents[1]
SLOW = {'chainer', 'cupy', 'cv2', 'matplotlib', 'onnx', 'onnxruntime', 'scipy', 'tqdm'}
RUN = """
import runpy, sys
script, *sys.argv[1:] = sys.argv[1:]
try:
    runpy.run_path(script, run_name='__main__')
except SystemExit as ended:
    assert not ended.code, ended.code
print(*sys.modules, sep='\\n')
"""

LIGHT = """
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

class Told(MetaPathFinder, Loader):
    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name in ('cupy', 'scipy') else None
    def exec_module(self, module):
        print(module.__name__)

sys.meta_path.insert(0, Told())
from spade_anime._compat import import_chainer
import_chainer(lambda: sys.argv[1] == 'True')
print('chainer' if 'chainer' in sys.modules else '')
import scipy
"""


def imported(script, *arguments):
    """Names of all modules that a script has imported when it ends."""
    run = subprocess.run([sys.executable, '-c', RUN, script, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines())


@pytest.mark.parametrize('script', ['generate.py', 'train.py', 'evaluate.py', 'label.py', 'paint.py'])
def test_help_imports_nothing_slow(script):
    assert not SLOW & imported(script, '--help')


@needs('spade')
def test_painting_imports_its_own_system_and_nothing_of_a_training(tmp_path):
    names = imported('generate.py', '--label', 'examples/seg.png', '--out', str(tmp_path / 'painted.png'))
    assert (tmp_path / 'painted.png').exists() and 'spade_anime.systems.spade.system' in names
    assert not {'matplotlib', 'onnxruntime', 'spade_anime.training', 'spade_anime.systems.stackgan.system'} & names
    assert not {'scipy.special', 'scipy.io', 'scipy.sparse'} & names


@pytest.mark.parametrize('gpu', [False, True])
def test_chainer_imports_cupy_for_a_gpu_and_scipy_never(gpu):
    """Stand-ins say that they are imported; SciPy is there afterwards, for what asks for it."""
    run = subprocess.run([sys.executable, '-c', LIGHT, str(gpu)], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == (['cupy'] if gpu else []) + ['chainer', 'scipy']


@pytest.mark.parametrize('name', SYSTEMS)
def test_what_is_declared_of_a_system_is_what_it_has(name):
    system = SYSTEMS[name]
    inputs = tuple(kind.Inputs for kind in system.CONDITIONS)
    assert SYSTEMS.declared(name) == Declared(system.Options, system.PRESETS, inputs, system.CPU_PRESET)
    assert system.Options.model == name


def test_a_system_that_there_is_not_is_a_key_error():
    for name in ('systems', 'options', '__init__', ''):
        assert name not in SYSTEMS
        with pytest.raises(KeyError):
            SYSTEMS[name]
