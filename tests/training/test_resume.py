"""A run that was stopped continues as if it had not been: every system, in one process."""
import gc
import json
import random
import shutil
import types
from pathlib import Path

import numpy
import pytest
from from_systems import needs
from tiny_runs import SYSTEMS, assert_same_weights, copy_samples, flags, log_of

import train
from options import parse_training
from spade_anime.data.errors import DataError
from spade_anime.fields import OptionError
from spade_anime.functions.noise import NoiseSource
from spade_anime.runs.weights import SnapshotError
from spade_anime.training import session
from spade_anime.training.randomness import RandomStates

pytestmark = pytest.mark.usefixtures('no_estimate')
GENERATORS = numpy.random.Generator, numpy.random.RandomState, random.Random, NoiseSource
BEYOND = type, types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType, numpy.ndarray

SLOW = 'spade, two sets', 'stackgan II'
ALL = [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in SYSTEMS]


@pytest.fixture
def dcgan(data, tmp_path):
    """Function that trains a DCGAN in ``tmp_path``."""
    return lambda *more: train.main([*flags('dcgan', data, tmp_path), '--out_dir', str(tmp_path / 'run'), *more])


@pytest.fixture(scope='module')
def trained(data, tmp_path_factory):
    """A finished run of three iterations."""
    out_dir = tmp_path_factory.mktemp('trained') / 'run'
    train.main([*flags('dcgan', data, out_dir), '--out_dir', str(out_dir), '--max_iteration', '3'])
    return out_dir


@pytest.fixture
def three(trained, tmp_path):
    """The same, to do with as one likes."""
    return shutil.copytree(trained, tmp_path / 'run')


# SPADE with one set is killed for this in test_interrupted.py.
@pytest.mark.parametrize('system', [each for each in ALL if each != 'spade'])
def test_every_system_goes_on_exactly(system, data, tmp_path):
    arguments = flags(system, data, tmp_path)
    straight, stopped = tmp_path / 'straight', tmp_path / 'stopped'
    train.main([*arguments, '--out_dir', str(straight), '--max_iteration', '4', '--snapshot_interval', '4'])
    train.main([*arguments, '--out_dir', str(stopped), '--max_iteration', '2'])
    train.main([*arguments, '--out_dir', str(stopped), '--max_iteration', '4', '--resume', '--workers', '2'])
    assert_same_weights(straight, stopped, 4)
    # The end of the first session has a line of its own in the log.
    assert [entry for entry in log_of(stopped) if entry['iteration'] == 4] == log_of(straight)[-1:]


def reachable(*roots):
    """Every generator of random numbers that objects lead to, found by the garbage collector."""
    waiting, seen, found = list(roots), set(), []
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, BEYOND):
            continue
        seen.add(id(item))
        if isinstance(item, GENERATORS):
            found.append(item)
        else:
            waiting += gc.get_referents(item)
    return found


@pytest.mark.parametrize('system', ALL)
def test_no_random_state_is_forgotten(system, data, tmp_path):
    system_class, given = parse_training(flags(system, data, tmp_path))
    options, _ = session.settle(system_class, given)
    made = system_class(options)
    opened = made.open_data()
    networks = {'gen': made.generator(opened.condition), 'dis': made.discriminator(opened.condition)}
    objective = made.objective(*networks.values(), opened)
    covered = RandomStates(networks | {'objective': objective}).generators
    found = reachable(*networks.values(), objective)
    assert found
    assert {id(generator) for generator in found} == {id(generator) for name, generator in covered.items()
                                                      if name not in ('python', 'numpy')}


def test_system_and_options_of_the_run_need_not_be_repeated(three, tmp_path):
    train.main(['--resume', '--out_dir', str(three), '--max_iteration', '4', '--snapshot_interval', '2'])
    options = json.loads((three / 'options.json').read_text())
    assert options['model'] == 'dcgan' and options['gfc'] == 8 and options['snapshot_interval'] == 2
    assert (three / 'snapshots' / 'state_00000004.npz').exists()
    assert json.loads((three / 'summary.json').read_text())['iterations'] == 4


@pytest.mark.parametrize('given, told', [
    (['--gf', '4'], '--gf 4 contradicts --resume: the run has 2'),
    (['--seed', '1'], '--seed 1 contradicts --resume: the run has 0'),
    (['--label_key', 'glasses'], '--label_key glasses contradicts --resume: the run has hair'),
    (['--preset', 'reference'], '--preset reference contradicts --resume: the run has tiny'),
    pytest.param(['--model', 'spade', '--ngf', '4'], '--model spade contradicts --resume: the run has dcgan',
                 marks=needs('spade')),
    (['--max_iteration', '2'], '--max_iteration 2 contradicts --resume: iteration 3 is done'),
])
def test_options_that_contradict_the_run_are_refused(three, given, told):
    with pytest.raises(OptionError) as caught:
        train.main(['--resume', '--out_dir', str(three), *given])
    assert told in str(caught.value) and '\n' not in str(caught.value)


def test_finished_run_says_so_and_stays(three, capsys):
    before = {path: path.stat().st_mtime_ns for path in three.rglob('*')}
    train.main(['--resume', '--out_dir', str(three)])
    assert 'is finished: iteration 3 is done' in capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in three.rglob('*')} == before


def test_other_samples_are_refused(three, data, tmp_path):
    fewer = copy_samples(tmp_path / 'fewer', 6)
    with pytest.raises(DataError, match='10 samples in the data set "main"; the run has 12'):
        train.main(['--resume', '--out_dir', str(three), '--max_iteration', '4', '--dataset_dir', str(fewer)])
    others = copy_samples(tmp_path / 'others', 7)
    rows = [json.loads(line) for line in (others / 'metadata.jsonl').read_text().splitlines()]
    for row in rows:
        (others / row['file_name']).rename(others / f'other_{row["file_name"]}')
        row['file_name'] = f'other_{row["file_name"]}'
    (others / 'metadata.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    with pytest.raises(DataError, match='the 12 samples of the data set "main" have other names'):
        train.main(['--resume', '--out_dir', str(three), '--max_iteration', '4', '--dataset_dir', str(others)])


def test_no_run_is_told(tmp_path):
    with pytest.raises(OptionError, match='there is no run in .*none'):
        train.main(['--resume', '--out_dir', str(tmp_path / 'none')])


def test_run_without_a_snapshot_begins_again_and_nothing_is_lost(three, capsys):
    for path in three.glob('snapshots/state_*'):
        path.unlink()
    train.main(['--resume', '--out_dir', str(three)])
    printed = capsys.readouterr().out
    assert 'no whole snapshot yet: from the beginning' in printed and 'run1' in printed
    assert_same_weights(three, three / 'run1', 3)


def test_damaged_state_is_told_by_name(three):
    path = three / 'snapshots' / 'state_00000003.npz'
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(SnapshotError, match='state_00000003.npz'):
        train.main(['--resume', '--out_dir', str(three), '--max_iteration', '4'])


def test_only_the_newest_snapshots_are_kept(dcgan, tmp_path):
    best = tmp_path / 'run' / 'snapshots' / 'best_gen.npz'
    dcgan('--max_iteration', '2', '--snapshot_interval', '1', '--snapshot_keep', '2')
    best.write_bytes(b'marked')
    train.main(['--resume', '--out_dir', str(tmp_path / 'run'), '--max_iteration', '5'])
    names = {f'{name}_0000000{n}.npz' for name in ('gen', 'dis', 'gen_average', 'state') for n in (4, 5)}
    assert {path.name for path in best.parent.iterdir()} == names | {'best_gen.npz'}
    train.main(['--resume', '--out_dir', str(tmp_path / 'run'), '--max_iteration', '7', '--snapshot_keep', '0'])
    assert len(list(best.parent.glob('state_*'))) == 4


def test_log_and_plots_go_on(three):
    lines = (three / 'log.jsonl').read_text()
    # What a killed run told of iterations after its snapshot, the last line torn.
    with open(three / 'log.jsonl', 'a') as file:
        file.write('{"iteration": 4, "epoch": 9}\n{"iteration": 5, "ep')
    train.main(['--resume', '--out_dir', str(three), '--max_iteration', '5'])
    entries = log_of(three)
    assert [entry['iteration'] for entry in entries] == [2, 3, 4, 5] and entries[2]['epoch'] < 9
    assert (three / 'log.jsonl').read_text().startswith(lines)


def test_a_second_run_without_resume_still_moves_the_first(dcgan, three):
    dcgan('--max_iteration', '1')
    assert (three / 'run1' / 'snapshots' / 'state_00000003.npz').exists()


def test_a_run_goes_on_elsewhere(three, data, tmp_path):
    """Directories may have moved: the run's own, and that of its samples."""
    moved, samples = tmp_path / 'moved', tmp_path / 'samples'
    three.rename(moved)
    samples.symlink_to(data)
    train.main(['--resume', '--out_dir', str(moved), '--dataset_dir', str(samples), '--max_iteration', '4'])
    assert (moved / 'snapshots' / 'state_00000004.npz').exists()
    assert not Path(three).exists()
