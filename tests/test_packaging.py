"""What setup.py asks for can be installed together."""
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

SETUP = Path(__file__).parents[1] / 'setup.py'


@pytest.fixture
def extras(monkeypatch):
    """Requirements of each extra, by name."""
    stub = SimpleNamespace(find_packages=lambda **_: [], setup=lambda **_: None)
    monkeypatch.setitem(sys.modules, 'setuptools', stub)
    return {name: [Requirement(line) for line in lines]
            for name, lines in runpy.run_path(str(SETUP))['EXTRAS'].items()}


@pytest.mark.parametrize('extra', ['cuda12', 'cuda13'])
def test_cudnn_is_the_one_that_pytorch_pins(extras, extra):
    cudnn, = (requirement for requirement in extras[extra] if requirement.name.startswith('nvidia-cudnn-cu'))
    assert '9.19.0.56' in cudnn.specifier and '9.20' in cudnn.specifier and '10.0' not in cudnn.specifier


def test_the_tests_ask_for_no_old_setuptools(extras):
    """Chainer's testing helpers work without pkg_resources (spade_anime/_compat.py)."""
    assert 'setuptools' not in {requirement.name for requirement in extras['test']}
