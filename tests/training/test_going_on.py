"""Going on after the end of a run, with other rates and batches, and from the networks of another run."""
import json
import shutil

import numpy
import pytest
from from_systems import needs, of_system
from tiny_runs import DCGAN, flags

import train
from spade_anime.fields import OptionError
from spade_anime.training.optim.schedule import LearningRate
from spade_anime.training.resuming import resumed

pytestmark = pytest.mark.usefixtures('no_estimate')
DECAY = ['--lr_poly_train_period', '0.5', '--g_lr', '1e-3', '--d_lr', '1e-3']


@pytest.fixture(scope='module')
def decayed(data, tmp_path_factory):
    """A finished run of four iterations, whose rates decayed from the second on."""
    run = tmp_path_factory.mktemp('decayed') / 'run'
    train.main([*flags('dcgan', data, run), *DECAY, '--out_dir', str(run), '--max_iteration', '4'])
    return run


@pytest.fixture
def four(decayed, tmp_path):
    return shutil.copytree(decayed, tmp_path / 'run')


@pytest.fixture
def rates(monkeypatch):
    """Learning rates that the generator's optimizer had, by iteration."""
    found, call = {}, LearningRate.__call__

    def watched(schedule, trainer):
        call(schedule, trainer)
        if schedule.name == 'rate_gen':
            found[trainer.updater.iteration] = schedule.optimizer.alpha
    monkeypatch.setattr(LearningRate, '__call__', watched)
    return found


def options_of(run):
    return json.loads((run / 'options.json').read_text())


def resume(run, *more):
    train.main(['--resume', '--out_dir', str(run), *more])


def test_a_decayed_run_goes_on_at_its_last_rates(four, rates):
    last = 1e-3 * 0.5 ** 0.9
    for length in (6, 8):  # the second time the options know the first length
        resume(four, '--max_iteration', str(length))
        assert rates[length - 1] == pytest.approx(last)
    assert options_of(four)['lr_iterations'] == 4 and options_of(four)['max_iteration'] == 8


def test_a_longer_training_before_the_end_keeps_its_schedule(data, tmp_path, rates):
    run = tmp_path / 'run'
    train.main([*flags('dcgan', data, run), *DECAY, '--out_dir', str(run), '--max_iteration', '4',
                '--snapshot_interval', '2'])
    straight = dict(rates)
    for path in [*run.glob('snapshots/*_00000004.npz'), run / 'summary.json']:
        path.unlink()
    resume(run, '--max_iteration', '5')
    assert {number: rates[number] for number in (2, 3)} == {number: straight[number] for number in (2, 3)}
    assert rates[4] == straight[3]


def test_a_new_schedule_may_be_given(four, rates):
    resume(four, '--max_iteration', '8', '--lr_iterations', '8')
    assert rates[4] == pytest.approx(1e-3) and rates[6] == pytest.approx(1e-3 * 0.5 ** 0.9)


def test_a_run_of_an_earlier_version_goes_on(four, rates):
    """Its options do not know in how many iterations the rates decay."""
    values = options_of(four)
    del values['lr_iterations']
    (four / 'options.json').write_text(json.dumps(values))
    resume(four, '--max_iteration', '5')
    assert rates[4] == pytest.approx(1e-3 * 0.5 ** 0.9) and options_of(four)['lr_iterations'] == 4


def test_epochs_of_an_earlier_version_have_no_known_length(four):
    values = options_of(four) | {'max_epoch': 2, 'lr_iterations': 0}
    (four / 'options.json').write_text(json.dumps(values))
    with pytest.raises(OptionError, match='--max_epoch contradicts --resume: .* in 2 epochs; with --lr_iterations N'):
        resume(four, '--max_epoch', '3')


def test_a_finished_run_names_what_goes_on(four, capsys):
    resume(four)
    printed = capsys.readouterr().out
    assert 'a larger --max_iteration, at its last learning rates' in printed and f'--init_run {four}' in printed


def test_rates_and_batch_may_change_where_they_are_given(four, capsys, rates):
    resume(four, '--max_iteration', '6', '--g_lr', '5e-4', '--batch_size', '3')
    printed = capsys.readouterr().out
    assert '--g_lr 0.0005, as is given: so far the run had 0.001.' in printed
    assert '--batch_size 3, as is given: so far the run had 2.' in printed
    assert rates[5] == pytest.approx(5e-4 * 0.5 ** 0.9)
    resume(four, '--max_iteration', '7')
    assert options_of(four)['batch_size'] == 3 and 'as is given' not in capsys.readouterr().out


def weights_of(run, iteration, name='gen'):
    with numpy.load(run / 'snapshots' / f'{name}_{iteration:08}.npz') as arrays:
        return {key: array for key, array in arrays.items() if array.dtype.kind == 'f'}


def start(init, data, run, *more):
    train.main(['--init_run', str(init), '--dataset_dir', str(data), '--out_dir', str(run), '--use_cpu', '--workers',
                '0', '--batch_size', '2', '--max_iteration', '1', *more])


def test_a_new_run_starts_from_the_networks_of_another(decayed, data, tmp_path):
    still = ['--g_lr', '0', '--d_lr', '0', '--label_key', 'hair']
    start(decayed, data, tmp_path / 'run', *still)
    for name in ('gen', 'dis'):
        old, new = weights_of(decayed, 4, name), weights_of(tmp_path / 'run', 1, name)
        assert old.keys() == new.keys()
        assert all(numpy.array_equal(old[key], new[key]) for key in old if key.endswith(('W', 'gamma')))
    options = options_of(tmp_path / 'run')
    assert options['gfc'] == 8 and options['model'] == 'dcgan' and options['lr_iterations'] == 1


@needs('spade')
def test_what_comes_with_the_project_is_tuned(data, tmp_path, capsys):
    start('pretrained/spade', data, tmp_path / 'run')
    assert 'pretrained/spade has a generator alone: the discriminator starts fresh.' in capsys.readouterr().out
    options = options_of(tmp_path / 'run')
    assert options['ngf'] == 16 and options['preset'] == 'small' and options['init_run'].endswith('/pretrained/spade')
    resume(tmp_path / 'run', '--max_iteration', '2')
    assert (tmp_path / 'run' / 'snapshots' / 'gen_00000002.npz').exists()


@pytest.mark.parametrize('more, told', [
    pytest.param(['--model', 'spade'], '--init_run {run}: its networks are those of --model dcgan, which contradicts '
                                       '--model spade', marks=needs('spade')),
    (['--resume'], '--init_run {run} contradicts --resume'),
    (['--label_key', 'hair', '--gfc', '16'], 'does not fit this')])
def test_other_networks_are_refused(decayed, data, tmp_path, more, told):
    with pytest.raises(ValueError) as caught:
        start(decayed, data, decayed if more == ['--resume'] else tmp_path / 'run', *more)
    assert told.format(run=decayed) in str(caught.value) and '\n' not in str(caught.value)
    assert not (tmp_path / 'run').exists()


@needs('dcgan')
def test_where_no_run_is(data, tmp_path):
    with pytest.raises(OptionError, match=f'^--init_run {tmp_path}: no run there'):
        start(tmp_path, data, tmp_path / 'run')
    (tmp_path / 'options.json').write_text('{"model": "dcgan"}')
    with pytest.raises(OptionError, match='no generator there yet'):
        start(tmp_path, data, tmp_path / 'run', *DCGAN)


def test_a_path_may_be_given_as_it_was_typed(tmp_path, monkeypatch):
    SpadeOptions = of_system('spade.options.SpadeOptions')
    monkeypatch.chdir(tmp_path)
    own = SpadeOptions(gen_snapshot=str(tmp_path / 'gen.npz'))
    assert resumed(own, {'gen_snapshot': 'gen.npz', 'dataset_dir': 'more'}).dataset_dir == str(tmp_path / 'more')
    with pytest.raises(OptionError, match='--gen_snapshot .*other.npz contradicts --resume'):
        resumed(own, {'gen_snapshot': 'other.npz'})
