"""The folder of a system can be deleted: all else is still found, and the tests of the others pass."""
import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bytecode import copy_packages
from from_systems import needs

from spade_anime.systems import SYSTEMS

ROOT = Path(__file__).parents[1]
COPIED = 'spade_anime', 'tests'
LINKED = ('kernels', 'benchmarks', 'examples', 'dataset', 'pretrained', 'docs', 'setup.py', 'pyproject.toml',
          'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md')
GROUPS = ('spade',), ('attribute', 'pix2pix', 'dcgan', 'stackgan')
"""Systems that are removed together, with the conditions that no other uses: two trees, as each takes half a minute."""
NO_SYSTEMS = 'tests/kernels', 'tests/emulator'
FAST = ('every_folder or test_options.py or test_condition or test_directions or declared or test_painting '
        'or test_parts or policies')
SCRIPTS = 'options.py', 'train.py', 'generate.py', 'evaluate.py', 'label.py', 'paint.py'


def tree_without(systems, place, conditions=()):
    """A tree without the folders of systems and conditions, and those of their tests."""
    for name in COPIED:
        copy_packages(ROOT / name, place / name)
    for name in LINKED:
        (place / name).symlink_to(ROOT / name)
    for name in SCRIPTS:  # copies: Python looks for packages where a link leads to
        shutil.copy(ROOT / name, place / name)
    for name in COPIED:
        for room in (*(f'systems/{system}' for system in systems), *(f'conditions/{kind}' for kind in conditions)):
            shutil.rmtree(place / name / room)
    return place


def conditions_of(systems):
    """Folders of the conditions that systems paint from."""
    return {kind.__module__.split('.')[2] for system in systems for kind in SYSTEMS[system].CONDITIONS}


def imported_at_once(path):
    """Modules that a file imports when it is imported itself."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def run(place, *command):
    environment = os.environ | {'PYTHONPATH': str(place)}
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
@pytest.mark.parametrize('systems', [pytest.param(group, id=' '.join(group), marks=needs(*group)) for group in GROUPS])
def test_the_tests_of_the_others_pass(systems, tmp_path):
    """All are collected, and the fast ones among those that ask for all systems or for one are run."""
    unused = conditions_of(systems) - conditions_of(set(SYSTEMS) - set(systems))
    place = tree_without(systems, tmp_path, unused)
    done = run(place, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-k', FAST,
               *(f'--ignore={path}' for path in NO_SYSTEMS), 'tests')
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert ' passed' in done.stdout and ' skipped' in done.stdout
    assert not [system for system in systems if f'tests/systems/{system}/' in done.stdout]


def test_tests_of_kernels_know_no_system():
    """Which is why they are not collected above."""
    for path in [path for place in NO_SYSTEMS for path in (ROOT / place).rglob('*.py')]:
        assert not [module for module in imported_at_once(path) if module.startswith('spade_anime.systems')], path


@pytest.mark.parametrize('system', SYSTEMS)
def test_the_command_line_names_the_others(system, tmp_path):
    done = run(tree_without([system], tmp_path), 'train.py', '--model', system)
    assert done.returncode == 2 and done.stderr.count('\n') == 1
    assert all(name in done.stderr for name in SYSTEMS if name != system)
