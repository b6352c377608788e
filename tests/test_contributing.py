"""What CONTRIBUTING.md asks for is done to the letter, in a copy of the packages, and works."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from checkouts import copy_checkout

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / 'CONTRIBUTING.md').read_text()
STEP = re.compile(r'^\*\*\d+\. `([\w/.]+)`(.*?)(?=^\*\*\d|\Z)', re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r'^```\w+\n(.*?)^```', re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r'^    uv run (.*)$', re.MULTILINE)


COMMANDS = """
import json, runpy, sys
for script, *arguments in json.loads(sys.argv[1]):
    sys.argv = [script, *arguments, *(['--device', 'cpu'] if arguments else [])]
    try:
        runpy.run_path(script, run_name='__main__')
    except SystemExit as ended:
        assert not ended.code, ended.code

import spade_anime
from spade_anime.errors import InputError
painter = spade_anime.load('result/toy', device='cpu')
for tone in (0.1, 0.3, 0.9, 2, 'bright'):
    try:
        print(painter.paint(tone=tone, samples=4).mean())
    except InputError as error:
        print(error)
"""


def section(title):
    return re.search(rf'^## {title}\n(.*?)(?=^## |\Z)', PAGE, re.DOTALL | re.MULTILINE)[1]


def write_blocks(text, place):
    """Write the files that a section shows; none of them may be there already."""
    blocks = [(name, block) for name, step in STEP.findall(text) for block in BLOCK.findall(step)]
    assert len(blocks) == text.count('```') // 2
    for name, content in blocks:
        path = place / name
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return [name for name, _ in blocks]


def run(place, *arguments):
    done = subprocess.run([sys.executable, *arguments], cwd=place, capture_output=True, text=True,
                          env=os.environ | {'PYTHONPATH': str(place)})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope='module')
def toy(tmp_path_factory):
    """A checkout with the condition and the system of the page, and the names of what was added."""
    place = copy_checkout(tmp_path_factory.mktemp('toy') / 'checkout')
    added = [name for title in ('Add a condition', 'Add a system') for name in write_blocks(section(title), place)]
    return place, added


def test_a_condition_and_a_system_are_added_by_their_folders(toy):
    """The commands of the page, in one process; a picture by Python, and what cannot be painted."""
    place, added = toy
    assert {str(Path(name).parent) for name in added} == {
        'spade_anime/conditions/tone', 'spade_anime/systems/toy', '.'}
    commands = [command.split() for command in COMMAND.findall(section('Add a system'))]
    assert [script for script, *_ in commands] == ['make_tones.py', 'train.py', 'generate.py', 'evaluate.py']
    told = run(place, '-c', COMMANDS, json.dumps(commands)).splitlines()
    assert (place / 'painted.png').exists()
    *levels, too_high, no_number = told[-5:]
    assert abs(numpy.array(levels, float) / 255 - (0.1, 0.3, 0.9)).max() < 0.1
    assert too_high == '--tone is 2; allowed is a number from 0 to 1'
    assert no_number == "--tone is 'bright'; allowed is a number from 0 to 1"


def test_the_code_on_the_page_keeps_the_house_rules(toy):
    place, added = toy
    run(place, '-m', 'ruff', 'check', '--no-cache', *added)
    assert max(len((place / name).read_text().splitlines()) for name in added) < 80


def test_an_op_is_added_by_its_folder(checkout):
    added = write_blocks(section('Add an op'), checkout)
    assert 'kernels/softsign/softsign.cu' in added and 'tests/kernels/softsign/test_cuda.py' in added
    for name in ('conftest.py', 'emulator', 'data', 'shared'):
        (checkout / 'tests' / name).symlink_to(TESTS / name)
    run(checkout, '-m', 'pytest', '-q', 'tests/kernels/softsign')
