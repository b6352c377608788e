"""What setup.py asks for can be installed together."""
import runpy
from pathlib import Path

import pytest
from packaging.requirements import Requirement

setuptools = pytest.importorskip('setuptools')
from setuptools import Distribution  # noqa: E402
from setuptools.command.build_py import build_py  # noqa: E402

SETUP = Path(__file__).parents[1] / 'setup.py'


@pytest.fixture
def extras(monkeypatch):
    """Requirements of each extra, by name."""
    monkeypatch.setattr('setuptools.setup', lambda **_: None)
    return {name: [Requirement(line) for line in lines]
            for name, lines in runpy.run_path(str(SETUP))['EXTRAS'].items()}


@pytest.mark.parametrize('extra', ['cuda12', 'cuda13'])
def test_cudnn_is_the_one_that_pytorch_pins(extras, extra):
    cudnn, = (requirement for requirement in extras[extra] if requirement.name.startswith('nvidia-cudnn-cu'))
    assert '9.19.0.56' in cudnn.specifier and '9.20' in cudnn.specifier and '10.0' not in cudnn.specifier


def test_the_tests_ask_for_no_old_setuptools(extras):
    """Chainer's testing helpers work without pkg_resources (spade_anime/_compat.py)."""
    assert 'setuptools' not in {requirement.name for requirement in extras['test']}


@pytest.mark.parametrize('editable', [True, False])
def test_nothing_is_copied_into_an_environment(monkeypatch, editable):
    """Only the checkout can be linked: kernels and options are names that belong to others."""
    monkeypatch.setattr('setuptools.setup', lambda **_: None)
    command = runpy.run_path(str(SETUP))['BuildInPlace'](Distribution())
    command.editable_mode, built = editable, []
    monkeypatch.setattr(build_py, 'run', lambda self: built.append(self))
    if editable:
        command.run()
        assert built == [command]
        return
    with pytest.raises(SystemExit, match='pip install -e'):
        command.run()
    assert not built
