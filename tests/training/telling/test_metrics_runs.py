"""Trainings that are measured, as a user runs them."""
import json
import shutil

import numpy
import pytest
from PIL import Image
from tiny_runs import EXAMPLE, assert_same_weights, copy_samples, flags

import evaluate
import generate
import train
from spade_anime.errors import InputError
from spade_anime.evaluation import classifier, segmentation
from spade_anime.training.updater import GANUpdater

LABEL = EXAMPLE.parents[1] / 'examples' / 'seg.png'
KEPT = 'gen_average'


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """Seven portraits, one of which is held out."""
    return copy_samples(tmp_path_factory.mktemp('data') / 'few', 7)


@pytest.fixture(scope='module', autouse=True)
def quick_judge():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segmentation, 'ITERATIONS', 3)
        patch.setattr(classifier, 'EPOCHS', 1)
        yield


@pytest.fixture(scope='module')
def command(data, tmp_path_factory):
    """Flags of a small SPADE that is measured after each of its iterations."""
    return [*flags('spade', data, tmp_path_factory.mktemp('none')), '--metrics_interval', '1']


@pytest.fixture(scope='module')
def straight(command, tmp_path_factory, drawn_figures):
    """A run of four iterations, with its pictures."""
    out_dir = tmp_path_factory.mktemp('straight') / 'run'
    train.main([*command, '--out_dir', str(out_dir), '--max_iteration', '4'])
    return out_dir


@pytest.fixture(autouse=True)
def undrawn(monkeypatch):
    """The curves of a row take longer than the row; those of ``straight`` are drawn."""
    monkeypatch.setattr('spade_anime.training.telling.metrics.draw_curves', lambda *_: None)


@pytest.fixture
def run(straight, tmp_path):
    """A copy of it."""
    return shutil.copytree(straight, tmp_path / 'run')


class Killed(Exception):
    pass


def killed_in(iteration, update):
    """An update that does not come to its end in this iteration."""
    def update_core(updater):
        if updater.iteration + 1 == iteration:
            raise Killed
        update(updater)
    return update_core


def rows(run):
    return [json.loads(line) for line in (run / 'metrics.jsonl').read_text().splitlines()]


def random_states(run):
    with numpy.load(run / 'snapshots' / 'state_00000003.npz') as file:
        return {name: str(file[name]) for name in file.files if name.startswith('random/')}


def bests(run):
    return sorted(path.name for path in (run / 'snapshots').glob('best_*.npz'))


def test_a_run_leaves_rows_curves_the_best_generator_and_the_judge(straight):
    assert [row['iteration'] for row in rows(straight)] == [1, 2, 3, 4]
    for row in rows(straight):
        assert {'hair_color_error', 'mean_absolute_error', 'label_accuracy', 'label_iou/hair'} < set(row['trained'])
        assert row['network'] == KEPT and 'diversity_pixels' not in row['trained']
    best = int(numpy.argmax([row['trained']['label_miou'] for row in rows(straight)])) + 1
    assert bests(straight) == [f'best_{KEPT}-{best:08}.npz']
    assert Image.open(straight / 'plots' / 'metrics.png').size[0] == 1260
    assert (straight / 'judge.npz').exists()


def test_rows_are_what_evaluate_measures(run):
    evaluate.main(['--run', str(run), '--device', 'cpu', '--diversity_draws', '0'])
    *_, last, evaluated = rows(run)
    assert evaluated['snapshot'].endswith(f'{KEPT}_00000004.npz')
    assert evaluated['trained'] == last['trained'] and evaluated['real'] == last['real']


@pytest.mark.parametrize('system', ['spade', 'attribute', 'dcgan'])
def test_measuring_changes_nothing_of_the_training(system, data, tmp_path):
    """Neither the weights nor a generator of random numbers: the judge of attributes draws from NumPy's global one."""
    if system == 'attribute':
        data = copy_samples(tmp_path / 'more', 24)  # with two that are held out, and differ
    arguments = [*flags(system, data, tmp_path), '--max_iteration', '3', '--snapshot_interval', '3',
                 '--bn_batches', '2']
    without, measured = tmp_path / 'without', tmp_path / 'measured'
    train.main([*arguments, '--out_dir', str(without)])
    train.main([*arguments, '--out_dir', str(measured), '--metrics_interval', '2'])
    assert_same_weights(without, measured, 3)
    states = [random_states(run) for run in (without, measured)]
    assert states[0] == states[1] and 'random/numpy' in states[0]
    assert [row['iteration'] for row in rows(measured)] == [2, 3] and not (without / 'metrics.jsonl').exists()


def test_a_run_that_goes_on_measures_what_one_in_a_piece_does(straight, command, tmp_path, monkeypatch):
    """Killed in the fourth iteration; the third has been measured, but its snapshot is that of the second."""
    out_dir = tmp_path / 'run'
    arguments = [*command, '--out_dir', str(out_dir), '--snapshot_interval', '2', '--max_iteration', '4']
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(GANUpdater, 'update_core', killed_in(4, GANUpdater.update_core))
        train.main(arguments)
    assert len(rows(out_dir)) == 3
    train.main([*arguments, '--resume'])
    assert (out_dir / 'metrics.jsonl').read_bytes() == (straight / 'metrics.jsonl').read_bytes()
    assert bests(out_dir) == bests(straight)
    for name in bests(straight):
        assert (out_dir / 'snapshots' / name).read_bytes() == (straight / 'snapshots' / name).read_bytes()


def test_measuring_can_begin_when_a_run_goes_on(data, tmp_path):
    arguments = [*flags('spade', data, tmp_path), '--out_dir', str(tmp_path / 'run')]
    train.main([*arguments, '--max_iteration', '2'])
    train.main([*arguments, '--max_iteration', '4', '--resume', '--metrics_interval', '2', '--judge', 'false'])
    assert [row['iteration'] for row in rows(tmp_path / 'run')] == [4]
    assert 'label_miou' not in rows(tmp_path / 'run')[0]['trained']


def test_pruned_snapshots_leave_the_best(command, tmp_path):
    train.main([*command, '--out_dir', str(tmp_path), '--max_iteration', '3', '--snapshot_interval', '1',
                '--snapshot_keep', '1'])
    assert [path.name for path in (tmp_path / 'snapshots').glob('gen_average_*.npz')] == [f'{KEPT}_00000003.npz']
    assert len(bests(tmp_path)) == 1


def test_a_second_run_in_the_same_place_has_rows_of_its_own(run, command):
    train.main([*command, '--out_dir', str(run), '--max_iteration', '1'])
    assert len(rows(run)) == 1 and len(rows(run / 'run1')) == 4


def test_the_best_generator_paints_and_is_evaluated(run, tmp_path, capsys):
    best, = bests(run)
    generate.main(['--run', str(run), '--best', '--label', str(LABEL), '--out', str(tmp_path / 'best.png')])
    named = str(run / 'snapshots' / best)
    generate.main(['--snapshot', named, '--label', str(LABEL), '--out', str(tmp_path / 'named.png')])
    assert (tmp_path / 'best.png').read_bytes() == (tmp_path / 'named.png').read_bytes()
    evaluate.main(['--run', str(run), '--best', '--judge', 'false', '--diversity_draws', '0'])
    assert rows(run)[-1]['snapshot'] == named


@pytest.mark.parametrize('flags, named', [
    (['--best', '--snapshot', 'x.npz'], ['--best', 'x.npz']),
    (['--best', '--run', 'RUN'], ['--best', '--metrics_interval']),
    (['--best'], ['--best', '--run']),
], ids=lambda value: ' '.join(value))
def test_a_best_that_there_is_not_is_told(run, flags, named, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in (run / 'snapshots').glob('best_*'):
        path.unlink()
    with pytest.raises(InputError) as error:
        generate.main([*(str(run) if flag == 'RUN' else flag for flag in flags), '--label', str(LABEL)])
    assert '\n' not in str(error.value) and all(word in str(error.value) for word in named)


@pytest.mark.parametrize('more, named', [
    (['--features', 'none.onnx'], ['--features /', 'none.onnx: no such file']),
    (['--features', 'none.onnx', '--metrics_interval', '0'], ['--features /', 'none.onnx needs --metrics_interval']),
], ids=lambda value: ' '.join(value))
def test_mistakes_are_told_before_anything_is_written(command, more, named, tmp_path):
    with pytest.raises(InputError) as error:
        train.main([*command, *more, '--out_dir', str(tmp_path / 'run')])
    assert '\n' not in str(error.value) and all(word in str(error.value) for word in named)
    assert not (tmp_path / 'run').exists()
