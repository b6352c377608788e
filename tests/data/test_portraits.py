"""Rendering portraits; what needs the extra ``example`` is skipped without it."""
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.data.portraits.__main__ import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def extra():
    for name in ('dicebear', 'resvg_py'):
        pytest.importorskip(name, reason='needs the extra "example": pip install ".[example]"')


def test_same_arguments_same_bytes(extra, tmp_path):
    for name in ('a', 'b'):
        assert main(['--out', str(tmp_path / name), '--count', '3', '--size', '48', '--seed', '5']) == 0
    files = sorted(path.name for path in (tmp_path / 'a').iterdir())
    assert files == ['00000.png', '00001.png', '00002.png', 'metadata.jsonl']
    for name in files:
        assert (tmp_path / 'a' / name).read_bytes() == (tmp_path / 'b' / name).read_bytes()
    check_dataset(open_dataset(tmp_path / 'a', 32))


def test_seeds_differ_and_longer_sets_begin_alike(extra, tmp_path):
    for name, count, seed in (('a', 2, 1), ('b', 1, 1), ('c', 1, 2)):
        main(['--out', str(tmp_path / name), '--count', str(count), '--size', '32', '--seed', str(seed)])
    first = [(tmp_path / name / '00000.png').read_bytes() for name in 'abc']
    assert first[0] == first[1] != first[2]


def test_colorful_portraits_differ_where_plain_ones_are_alike(extra, tmp_path):
    for name, flags in (('plain', []), ('colorful', ['--colorful'])):
        main(['--out', str(tmp_path / name), '--count', '4', '--size', '32', *flags])
    corners = {name: {Image.open(path).getpixel((0, 0)) for path in (tmp_path / name).glob('*.png')}
               for name in ('plain', 'colorful')}
    assert len(corners['plain']) == 1 and len(corners['colorful']) > 1
    described = [(tmp_path / name / 'metadata.jsonl').read_text() for name in ('plain', 'colorful')]
    assert described[0] == described[1]


def test_the_example_is_what_the_tool_makes(extra, tmp_path):
    main(['--out', str(tmp_path / 'new'), '--count', '2'])
    made = [json.loads(line) for line in (tmp_path / 'new' / 'metadata.jsonl').read_text().splitlines()]
    kept = (ROOT / 'dataset' / 'example' / 'metadata.jsonl').read_text('utf-8').splitlines()[:2]
    assert made == [json.loads(line) for line in kept]


def test_pictures_are_not_mixed(extra, tmp_path, capsys):
    (tmp_path / 'mine.png').write_bytes(b'')
    assert main(['--out', str(tmp_path), '--count', '1']) == 2
    assert 'already holds pictures' in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ['mine.png']


@pytest.mark.parametrize('package', ['dicebear', 'dicebear_styles', 'resvg_py'])
def test_without_the_extra_one_line_says_how_to_get_it(package, tmp_path):
    run = f'import sys; sys.modules[{package!r}] = None; ' \
          f'from spade_anime.data.portraits.__main__ import main; sys.exit(main(["--out", {str(tmp_path)!r}]))'
    done = subprocess.run([sys.executable, '-c', run], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and '[example]' in done.stderr and '--extra example' in done.stderr
    assert done.stderr.count('\n') == 1


@pytest.mark.parametrize('option', [['--count', '0'], ['--size', '8'], ['--count', 'x'], ['--seed', '-1']])
def test_wrong_options(option, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(['--out', str(tmp_path), *option])
    assert stopped.value.code == 2 and option[0] in capsys.readouterr().err
