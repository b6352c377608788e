"""Data on which layers see constants: label maps of background only, pictures of one colour, batches of one."""
import shutil

import numpy
import pytest
from from_systems import needs, skip_without
from PIL import Image
from tiny_runs import NETWORKS as TINY
from tiny_runs import copy_samples

import train
from spade_anime.runs.snapshots import SnapshotFolder
from spade_anime.runs.weights import not_finite
from spade_anime.training import saving
from spade_anime.training.optim.adam import Adam
from spade_anime.training.updater import TrainingDiverged

BACKGROUND = 255, 255, 0
FLAGS = ['--use_cpu', '--preset', 'tiny', '--batch_size', '1', '--workers', '0', '--log_interval', '50',
         '--sample_interval', '1000', '--snapshot_interval', '1000']
DEEP = ['--model', 'spade', '--image_size', '32', '--start_size', '1', '--ngf', '4', '--ndf', '4', '--division_ch', '4',
        '--spade_ch', '8', '--zero_gp_mode', 'both', '--gp_interval', '1']
NETWORKS = {'spade': DEEP, **{name: TINY[name] for name in ('pix2pix', 'dcgan', 'attribute', 'stackgan I')}}
NETWORKS['dcgan'] = [*NETWORKS['dcgan'], '--gp_coef', '10']
LARGEST = 1e8
"""Bound of the gradients. Without the damping of small variances, blank labels have taken them to 1e24."""

pytestmark = pytest.mark.usefixtures('no_estimate')


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Portraits, three of four of which are of one colour, with nothing but background in their label maps."""
    directory = copy_samples(tmp_path_factory.mktemp('data') / 'constant', 8)
    for number, path in enumerate(sorted(directory.glob('*.png'))):
        if number % 4:
            strip = numpy.array(Image.open(path).convert('RGB'))
            size = len(strip)
            strip[:, :size], strip[:, size:2 * size] = 30 * number, BACKGROUND
            Image.fromarray(strip).save(path)
    return directory


@pytest.fixture
def largest(monkeypatch):
    """Largest gradients of all updates."""
    found, update = [], Adam.update

    def watched(optimizer, *args, **kwds):
        found.append(max(float(abs(param.grad).max()) for param in optimizer.target.params()
                         if param.grad is not None))
        update(optimizer, *args, **kwds)
    monkeypatch.setattr(Adam, 'update', watched)
    return found


@pytest.mark.parametrize('seed', ['0', '1'])
@pytest.mark.parametrize('system', NETWORKS)
def test_no_system_diverges(system, seed, data, tmp_path, largest):
    skip_without(system.split()[0])
    train.main([*FLAGS, *NETWORKS[system], '--seed', seed, '--dataset_dir', str(data), '--out_dir',
                str(tmp_path / 'run'), '--max_iteration', '8'])
    assert max(largest) < LARGEST
    for path in SnapshotFolder(tmp_path / 'run' / 'snapshots').of(8):
        with numpy.load(path) as arrays:
            assert not not_finite(dict(arrays)), path


def poisoned(monkeypatch, at, place):
    """Let the numbers of a place become NaN or inf in the training, as soon as an iteration is done."""
    arrays_to_save = saving.Snapshots.save

    def save(snapshots, trainer):
        if trainer.updater.iteration >= at:
            if place == 'weights':
                next(iter(snapshots.networks['dis'].params())).array[...] = numpy.nan
            else:
                param = next(iter(snapshots.networks['gen'].params()))
                param.update_rule.state['v'][...] = numpy.inf
        arrays_to_save(snapshots, trainer)
    monkeypatch.setattr(saving.Snapshots, 'save', save)


DCGAN = [*FLAGS[:-2], *TINY['dcgan'], '--snapshot_interval', '2']


@needs('dcgan')
@pytest.mark.parametrize('place, told', [('weights', 'dis '), ('moments', 'optimizers .*optimizer:gen/')])
def test_numbers_that_are_not_finite_are_never_saved(place, told, data, tmp_path, monkeypatch, capsys):
    poisoned(monkeypatch, 4, place)
    flags = [*DCGAN, '--dataset_dir', str(data), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '4']
    with pytest.raises(TrainingDiverged, match=f'^training stopped: {told}.* is not finite after iteration 4'):
        train.main(flags)
    assert SnapshotFolder(tmp_path / 'run' / 'snapshots').whole() == [2]
    assert 'Finished' not in capsys.readouterr().out and not (tmp_path / 'run' / 'summary.json').exists()
    monkeypatch.undo()
    train.main([*flags, '--resume'])
    assert (tmp_path / 'run' / 'summary.json').exists()


@pytest.fixture(scope='module')
def four(data, tmp_path_factory):
    """A run of four iterations, with a snapshot of every second."""
    skip_without('dcgan')
    run = tmp_path_factory.mktemp('four') / 'run'
    train.main([*DCGAN, '--dataset_dir', str(data), '--out_dir', str(run), '--max_iteration', '4'])
    return run


def damage(path, of='W'):
    with numpy.load(path) as arrays:
        arrays = dict(arrays)
    name = next(name for name in arrays if name.endswith(of))
    arrays[name] = numpy.full_like(arrays[name], numpy.nan)
    numpy.savez(path, **arrays)
    return name


@pytest.mark.parametrize('name, of', [('gen', 'W'), ('gen_average', 'W'), ('dis', 'W'), ('state', '/v')])
def test_a_run_goes_on_from_the_newest_finite_snapshot(four, tmp_path, capsys, name, of):
    run = shutil.copytree(four, tmp_path / 'run')
    path = run / 'snapshots' / f'{name}_00000004.npz'
    array = damage(path, of)
    train.main(['--resume', '--out_dir', str(run), '--max_iteration', '5'])
    line, = (line for line in capsys.readouterr().out.splitlines() if 'not finite' in line)
    assert line == f'{path}: {array} is not finite: the run goes on from its snapshot of iteration 2.'
    for path in SnapshotFolder(run / 'snapshots').of(5):
        with numpy.load(path) as arrays:
            assert not not_finite(dict(arrays))


def test_a_run_without_a_finite_snapshot_is_refused(four, tmp_path):
    run = shutil.copytree(four, tmp_path / 'run')
    for iteration in (2, 4):
        damage(run / 'snapshots' / f'dis_{iteration:08}.npz')
    with pytest.raises(ValueError, match='no snapshot in .* is: without --resume a run is begun anew') as caught:
        train.main(['--resume', '--out_dir', str(run), '--max_iteration', '5'])
    assert '\n' not in str(caught.value)


def test_the_first_array_that_is_not_finite_is_named():
    arrays = {'count': numpy.array([1]), 'text': numpy.array('nan'), 'good': numpy.zeros(2),
              'bad': numpy.array([1, numpy.inf], 'e')}
    assert not_finite(arrays) == 'bad' and not_finite({}) == ''
