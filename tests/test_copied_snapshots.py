"""Snapshots that were copied away from their run, and painting at another size than was trained."""
import json
import shutil
from pathlib import Path

import numpy
import pytest
from from_systems import needs, skip_without
from tiny_runs import copy_samples, flags, without_estimate

import evaluate
import generate
import spade_anime
import train
from spade_anime import scoring
from spade_anime.errors import InputError
from spade_anime.systems import SYSTEMS

ROOT = Path(__file__).parents[1]
LABEL = ROOT / 'examples' / 'seg.png'


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """A run of one iteration of each system."""
    place = tmp_path_factory.mktemp('copied')
    data = copy_samples(place / 'data', 6)
    with without_estimate():
        for system in SYSTEMS:
            name = 'stackgan I' if system == 'stackgan' else system
            train.main([*flags(name, data, place), '--max_epoch', '0', '--max_iteration', '1', '--out_dir',
                        str(place / system)])
    return place


def inputs_of(painter):
    return {'spade': {'label': LABEL, 'color': 'pink'}, 'pix2pix': {'label': LABEL, 'color': 'pink'},
            'dcgan': {'class_name': 0}, 'attribute': {'attributes': 'smile'},
            'stackgan': {'text': next(iter(getattr(getattr(painter.condition, 'texts', None), 'known', '?')))},
            }[painter.options.model]


@pytest.mark.parametrize('system', SYSTEMS)
def test_a_copied_file_paints_what_its_run_paints(runs, system, tmp_path):
    copy = shutil.copy(runs / system / 'snapshots' / 'gen_average_00000001.npz', tmp_path / 'mine.npz')
    # What lies beside it is another's.
    (tmp_path / 'options.json').write_text('{"model": "none"}')
    ours, theirs = spade_anime.load(snapshot=copy, device='cpu'), spade_anime.load(runs / system, device='cpu')
    assert ours.condition.values() == theirs.condition.values() and ours.options.dataset_dir == str(runs / 'data')
    assert numpy.array_equal(*(painter.paint(**inputs_of(theirs)) for painter in (ours, theirs)))


@needs('dcgan')
@pytest.mark.parametrize('name, holds', [('dis', 'a discriminator'), ('state', 'the state')])
def test_other_files_of_a_snapshot_paint_nothing(runs, name, holds):
    path = runs / 'dcgan' / 'snapshots' / f'{name}_00000001.npz'
    with pytest.raises(InputError, match=f'^--snapshot {path}: holds {holds} of a run; allowed is .*gen_average_'):
        spade_anime.load(snapshot=path)


@needs('spade')
def test_a_folder_of_copied_files_is_no_run_but_they_paint(runs, tmp_path):
    folder = tmp_path / 'my copies'
    folder.mkdir()
    copy = shutil.copy(runs / 'spade' / 'snapshots' / 'gen_average_00000001.npz', folder)
    with pytest.raises(InputError, match=f"no run there; paint with --snapshot '{copy}'"):
        spade_anime.load(folder)
    with pytest.raises(InputError, match=f"a file; allowed is a directory of a run, or --snapshot '{copy}'"):
        spade_anime.load(copy)
    with pytest.raises(InputError, match=f'^--init_run {copy}: a file; allowed .*, and --gen_snapshot takes a file'):
        train.main(['--init_run', str(copy), '--dataset_dir', str(runs / 'data'), '--out_dir', str(tmp_path / 'new')])


@needs('spade')
def test_an_old_file_says_what_is_missing(runs, tmp_path, capsys):
    path = tmp_path / 'old.npz'
    with numpy.load(runs / 'spade' / 'snapshots' / 'gen_00000001.npz') as arrays:
        numpy.savez(path, **{name: array for name, array in arrays.items() if array.dtype.kind != 'U'})
    with pytest.raises(InputError, match=f'^--snapshot {path}: it holds no options.*copy its run.s options.json and'):
        generate.main(['--snapshot', str(path), '--label', str(LABEL)])
    assert 'lineage' not in capsys.readouterr().out
    for name in ('options.json', 'condition.json'):
        shutil.copy(runs / 'spade' / name, tmp_path)
    assert spade_anime.load(snapshot=path, device='cpu').options.ngf == 2


@needs('spade')
@pytest.mark.parametrize('name, text, told', [
    ('options.json', '{', 'options.json cannot be read'),
    ('options.json', '{"model": "nobody"}', "its system is 'nobody'"),
    ('options.json', '[' * 9999, 'cannot be read'), ('condition.json', '{"kind": "text"}', "its kind is 'text'"),
    ('condition.json', '{"kind": "label_color", "image_size": -1}', 'image_size is -1'),
    ('condition.json', '3', 'int')])
def test_a_damaged_description_is_told_in_one_line(runs, tmp_path, name, text, told):
    with numpy.load(runs / 'spade' / 'snapshots' / 'gen_00000001.npz') as arrays:
        numpy.savez(tmp_path / 'bad.npz', **{**arrays, name: numpy.array(text)})
    with pytest.raises(InputError) as caught:
        spade_anime.load(snapshot=tmp_path / 'bad.npz', device='cpu')
    assert told in str(caught.value) and str(tmp_path / 'bad.npz') in str(caught.value)
    assert '\n' not in str(caught.value)


@needs('spade')
def test_descriptions_hold_what_builds_the_networks_alone(runs):
    with numpy.load(runs / 'spade' / 'snapshots' / 'dis_00000001.npz') as arrays:
        options = json.loads(str(arrays['options.json']))
    assert options['ngf'] == 2 and 'out_dir' not in options and 'max_iteration' not in options


@needs('spade')
@pytest.mark.parametrize('size', [64, 48, 8])
def test_spade_paints_at_other_sizes(runs, size, tmp_path):
    painter = spade_anime.load(runs / 'spade', device='cpu', image_size=size)
    assert painter.paint(label=LABEL, color='pink').shape == (1, size, size, 3)
    generate.main(['--run', str(runs / 'spade'), '--image_size', str(size), '--label', str(LABEL), '--color', 'pink',
                   '--device', 'cpu', '--out', str(tmp_path / 'a.png')])
    assert spade_anime.load(runs / 'spade', device='cpu', image_size=32).options.start_size == 4


@needs('spade')
def test_evaluation_honours_the_size(runs, tmp_path, monkeypatch):
    sizes, save = [], scoring.to_pixels
    monkeypatch.setattr(scoring, 'to_pixels', lambda image: sizes.append(image.shape) or save(image))
    for size in ('64', '0'):
        evaluate.main(['--run', str(runs / 'spade'), '--image_size', size, '--judge', 'false', '--diversity_draws', '0',
                       '--device', 'cpu', '--out_dir', str(tmp_path)])
    rows = [json.loads(line) for line in (tmp_path / 'metrics.jsonl').read_text().splitlines()]
    assert [row['image_size'] for row in rows] == [64, 32]
    assert set(sizes) == {(3, 64, 64), (3, 32, 32)}
    with pytest.raises(InputError, match='^--image_size 36: .* multiples of 8 px'):
        evaluate.main(['--run', str(runs / 'spade'), '--image_size', '36', '--device', 'cpu'])


@pytest.mark.parametrize('system, size, told', [
    ('spade', 36, 'paints multiples of 8 px, such as 32; it was trained at 32'), ('spade', 3, 'such as 8'),
    ('dcgan', 32, 'this dcgan generator paints 16 px; allowed is that size alone'), ('pix2pix', 32, 'paints 64 px')])
def test_a_size_that_cannot_be_painted_is_refused(runs, system, size, told):
    skip_without(system)
    with pytest.raises(InputError, match=f'^--image_size {size}: .*{told}'):
        spade_anime.load(runs / system, device='cpu', image_size=size)


@needs('spade', 'dcgan')
def test_home_directories_are_found(runs, tmp_path, monkeypatch):
    """Bash leaves the ~ of --flag=~/x to the script, and Python's callers do as well."""
    monkeypatch.setenv('HOME', str(runs))
    monkeypatch.chdir(tmp_path)
    shutil.copy(LABEL, runs / 'seg.png')
    generate.main(['--run=~/spade', '--label=~/seg.png', '--out=~/painted.png', '--device', 'cpu'])
    assert (runs / 'painted.png').exists()
    assert spade_anime.load('~/spade', device='cpu').paint(label='~/seg.png').size
    spade_anime.train('dcgan', dataset_dir='~/data', out_dir='~/tilde', label_key='hair', preset='tiny', use_cpu=True,
                      image_size=16, gf=2, gfc=8, df=2, dfc=8, batch_size=2, workers=0, max_iteration=1)
    assert json.loads((runs / 'tilde' / 'options.json').read_text())['dataset_dir'] == str(runs / 'data')
    assert not list(tmp_path.iterdir())


@needs('spade')
def test_paintings_never_replace_what_they_are_painted_from(runs, tmp_path):
    labels, hair = tmp_path / 'labels', tmp_path / 'hair.png'
    labels.mkdir()
    kept = [shutil.copy(LABEL, path) for path in (labels / 'a.png', labels / 'b.png', hair)]
    (tmp_path / 'link').symlink_to(labels)
    for given in (['--label', labels, '--out', labels], ['--label', labels, '--out', tmp_path / 'link'],
                  ['--label', labels / 'a.png', '--out', labels / 'a.png'],
                  ['--label', labels / 'a.png', '--color', hair, '--out', hair]):
        with pytest.raises(InputError, match='^--out: .* would be written where .* is painted from'):
            generate.main(['--run', str(runs / 'spade'), '--device', 'cpu', *map(str, given)])
    assert all(Path(path).read_bytes() == LABEL.read_bytes() for path in kept) and len(list(labels.iterdir())) == 2
    generate.main(['--run', str(runs / 'spade'), '--device', 'cpu', '--label', str(labels), '--out',
                   str(labels / 'painted')])


@needs('dcgan')
def test_runs_are_measured_and_continued_from_anywhere(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(runs)
    train.main([*flags('dcgan', Path('data'), runs), '--out_dir', 'two words', '--max_iteration', '1'])
    assert "--run 'two words' --class" in capsys.readouterr().out
    monkeypatch.chdir(tmp_path)
    train.main(['--resume', '--out_dir', str(runs / 'two words'), '--max_iteration', '2'])
    (runs / 'data').rename(runs / 'moved')
    try:
        for script in (lambda: train.main(['--resume', '--out_dir', str(runs / 'two words'), '--max_iteration', '3']),
                       lambda: evaluate.main(['--run', str(runs / 'two words')])):
            with pytest.raises(InputError, match=f'^{runs}/data: no such directory; .*--dataset_dir names another'):
                script()
    finally:
        (runs / 'moved').rename(runs / 'data')
