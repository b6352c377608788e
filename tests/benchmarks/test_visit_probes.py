"""Probes of a card: that they run on the stand-ins, and that they fail where something is wrong."""
import numpy
import pytest

from benchmarks.visits import probes, trainings


@pytest.mark.parametrize('name', ['launch', 'adam', 'cublas', 'cudnn'])
def test_probes_run_on_stand_ins(emulator, name):
    assert 'differs by' in probes.PROBES[name]()


@pytest.mark.parametrize('wrong', [1.1, numpy.nan])
def test_a_wrong_result_fails(emulator, wrong):
    with pytest.raises(SystemExit, match='a result differs by .*; 0.001 is allowed'):
        probes.agree('a result', emulator, numpy.array([1, wrong]), numpy.ones(2), 1e-3)


@pytest.fixture
def runs(tmp_path):
    """A function that writes a run's snapshots of iterations 4 and 12; its weights went from 0 to ``end``."""
    def runs(name, end):
        folder = tmp_path / name / 'snapshots'
        folder.mkdir(parents=True)
        for network in ('gen', 'dis'):
            for iteration, value in ((4, 0.0), (12, end)):
                numpy.savez(folder / f'{network}_{iteration:08}.npz', W=numpy.full(8, value, 'f'))
        return tmp_path / name
    return runs


def test_weights_of_two_trainings_are_compared(runs):
    one, near = runs('one', 1.0), runs('near', 1.05)
    assert trainings.differences(one, near, 12).count('differs by 5 % of the distance trained') == 2
    for name, end in (('far', 1.2), ('lost', numpy.nan)):
        with pytest.raises(SystemExit, match='gen differs by .* 10 % is allowed'):
            trainings.differences(one, runs(name, end), 12)


def test_a_training_that_fails_fails_the_probe(tmp_path):
    with pytest.raises(SystemExit, match='a training failed'):
        trainings.wait(trainings.begin(tmp_path, 1, '--no_such_flag'))
