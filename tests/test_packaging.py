"""What setup.py asks for can be installed together, and it installs a link alone."""
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

SETUP = Path(__file__).parents[1] / 'setup.py'


class BuildPy:
    """Stands in for the class of setuptools that copies modules."""

    editable_mode = False
    ran = False

    def run(self):
        self.ran = True


@pytest.fixture
def packaging(monkeypatch):
    """What setup.py defines, without setuptools; ``asked``: what it hands to ``setup``."""
    asked = {}
    stubs = {'setuptools': SimpleNamespace(find_packages=lambda **_: [], setup=asked.update),
             'setuptools.command': SimpleNamespace(), 'setuptools.command.build_py': SimpleNamespace(build_py=BuildPy)}
    for name, stub in stubs.items():
        monkeypatch.setitem(sys.modules, name, stub)
    return runpy.run_path(str(SETUP)) | {'asked': asked}


@pytest.fixture
def extras(packaging):
    """Requirements of each extra, by name."""
    return {name: [Requirement(line) for line in lines] for name, lines in packaging['EXTRAS'].items()}


def test_nothing_is_copied_into_site_packages(packaging):
    command = packaging['asked']['cmdclass']['build_py']()
    with pytest.raises(SystemExit, match='pip install -e .') as error:
        command.run()
    assert '\n' not in str(error.value) and not command.ran and 'py_modules' not in packaging['asked']


def test_a_link_to_the_checkout_is_installed(packaging):
    command = packaging['asked']['cmdclass']['build_py']()
    command.editable_mode = True
    command.run()
    assert command.ran


@pytest.mark.parametrize('extra', ['cuda12', 'cuda13'])
def test_cudnn_is_the_one_that_pytorch_pins(extras, extra):
    cudnn, = (requirement for requirement in extras[extra] if requirement.name.startswith('nvidia-cudnn-cu'))
    assert '9.19.0.56' in cudnn.specifier and '9.20' in cudnn.specifier and '10.0' not in cudnn.specifier


def test_the_tests_ask_for_no_old_setuptools(extras):
    """Chainer's testing helpers work without pkg_resources (spade_anime/_compat.py)."""
    assert 'setuptools' not in {requirement.name for requirement in extras['test']}
