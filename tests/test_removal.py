"""The folder of a system can be deleted: everything else is still found, and nothing asks for it by name."""
import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spade_anime.systems import SYSTEMS

ROOT = Path(__file__).parents[1]
COPIED = 'spade_anime', 'tests'
LINKED = ('kernels', 'benchmarks', 'examples', 'dataset', 'pretrained', 'docs', 'setup.py', 'pyproject.toml',
          'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md')
SCRIPTS = 'options.py', 'train.py', 'generate.py', 'evaluate.py', 'label.py', 'paint.py'


def tree_without(system, place):
    """A tree without the folder of a system and that of its tests."""
    for name in COPIED:
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns('__pycache__'))
    for name in LINKED:
        (place / name).symlink_to(ROOT / name)
    for name in SCRIPTS:  # copies: Python looks for packages where a link leads to
        shutil.copy(ROOT / name, place / name)
    for name in COPIED:
        shutil.rmtree(place / name / 'systems' / system)
    return place


def imported_at_once(path):
    """Modules that a file imports when it is imported itself."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def run(place, *command):
    environment = os.environ | {'PYTHONPATH': str(place), 'PYTHONDONTWRITEBYTECODE': '1'}
    return subprocess.run([sys.executable, *command], cwd=place, env=environment, capture_output=True, text=True,
                          check=False)


@pytest.mark.parametrize('system', SYSTEMS)
def test_shared_code_and_tests_import_no_system(system):
    """At the top of a module, where an import would fail before any test is run; of_system skips the test instead."""
    name, own = f'spade_anime.systems.{system}', [ROOT / name / 'systems' / system for name in COPIED]
    for path in [path for name in COPIED for path in (ROOT / name).rglob('*.py')]:
        if not any(path.is_relative_to(place) for place in own):
            assert not [module for module in imported_at_once(path) if f'{module}.'.startswith(f'{name}.')], path


@pytest.mark.slow
def test_without_the_largest_system_the_tests_of_the_others_are_collected(tmp_path):
    place = tree_without('spade', tmp_path)
    done = run(place, '-m', 'pytest', '--collect-only', '-q', '-p', 'no:cacheprovider', 'tests')
    assert done.returncode == 0, done.stdout[-3000:]
    assert 'tests/systems/spade/' not in done.stdout and 'tests/systems/' in done.stdout


@pytest.mark.parametrize('system', SYSTEMS)
def test_the_command_line_names_the_others(system, tmp_path):
    done = run(tree_without(system, tmp_path), 'train.py', '--model', system)
    assert done.returncode == 2 and done.stderr.count('\n') == 1
    assert all(name in done.stderr for name in SYSTEMS if name != system)
