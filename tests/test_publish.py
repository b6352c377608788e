"""A copy of a generator to give away."""
import json

import numpy
import pytest
from tiny_runs import copy_samples, flags, without_estimate

import spade_anime
import train
from spade_anime import publish
from spade_anime.fields import OptionError


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """A run of one iteration."""
    place = tmp_path_factory.mktemp('published')
    with without_estimate():
        train.main([*flags('spade', copy_samples(place / 'data', 6), place), '--max_iteration', '1', '--out_dir',
                    str(place / 'run')])
    return place / 'run'


def test_the_copy_is_small_and_paints_the_same(run, tmp_path, capsys):
    copy = tmp_path / 'a copy'
    publish.main(['--run', str(run), '--out', str(copy)])
    assert f"Paint with: python generate.py --run '{copy}'" in capsys.readouterr().out
    pictures = [spade_anime.load(place, device='cpu').paint(label='examples/seg.png', color='pink').astype(int)
                for place in (run, copy)]
    assert numpy.abs(pictures[0] - pictures[1]).max() <= 2
    assert 'has not finished' not in capsys.readouterr().out
    with numpy.load(copy / 'gen.npz') as file:
        assert {file[name].dtype for name in file.files if file[name].dtype.kind == 'f'} == {numpy.dtype('float16')}


def test_the_copy_has_no_paths_of_the_machine(run, tmp_path):
    publish.main(['--run', str(run), '--out', str(tmp_path / 'copy')])
    options = json.loads((tmp_path / 'copy' / 'options.json').read_text())
    assert not any(isinstance(value, str) and value.startswith('/') for value in options.values())
    with numpy.load(tmp_path / 'copy' / 'gen.npz') as file:
        assert str(tmp_path.parent) not in str(file['options.json'])


@pytest.mark.parametrize('arguments, told', [
    (['--out', 'copy'], '--run is missing'), (['--run', 'none'], '--out is missing'),
    (['--run', 'none', '--out', 'copy'], '--run none: no run there')])
def test_mistakes(arguments, told):
    with pytest.raises(OptionError, match=told):
        publish.main(arguments)


def test_a_directory_that_holds_something_is_kept(run, tmp_path):
    (tmp_path / 'notes.txt').write_text('mine')
    with pytest.raises(OptionError, match='not empty'):
        publish.main(['--run', str(run), '--out', str(tmp_path)])
    assert [path.name for path in tmp_path.iterdir()] == ['notes.txt']
