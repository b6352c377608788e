"""Two processes with two images each train as one with four, and runs continue with another number of them."""
import json

import numpy
import pytest
from from_systems import needs
from mpi_launch import assert_well, launch
from tiny_runs import copy_samples, flags, log_of

from spade_anime.systems import SYSTEMS as REGISTRY

pytestmark = [pytest.mark.slow, needs('spade')]
SCRIPT = 'tests/training/train_in_double.py'
CASES = {
    'spade': ['--reuse_fake', '--zero_gp_mode', 'real_fake', '--ms_coef', '0.001', '--augment',
              'color,translation'],
    'attribute': ['--batch_norm', '--shift', '1', '--gp_coef', '1'],
}
SYSTEMS = {name: given for name, given in CASES.items() if name in REGISTRY}
LONG, SHORT = '4', '2'
TOGETHER = ['--batch_size', '2', '--communicator', 'naive', '--sync_batch_norm']
ALONE = ['--batch_size', '4', '--communicator', 'none', '--no_graph']


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """Directory with runs of one process, of two, and runs that continued with the other number of processes."""
    directory = tmp_path_factory.mktemp('runs')
    data = copy_samples(directory / 'few', 7)

    def line(system, out_dir, iterations, *more):
        return [*flags(system, data, directory), *SYSTEMS[system], '--log_interval', '1', '--gp_interval', '2',
                '--snapshot_interval', '50', '--out_dir', str(directory / out_dir), '--max_iteration', iterations,
                *more]

    def resume(out_dir, *more):
        return ['--resume', '--out_dir', str(directory / out_dir), '--max_iteration', LONG, *more]

    alone = [line(system, f'one {system}', LONG, *ALONE) for system in SYSTEMS]
    together = [line(system, f'two {system}', LONG, *TOGETHER) for system in SYSTEMS]
    assert_well(launch(SCRIPT, json.dumps([*alone, line('spade', 'grown', SHORT, *ALONE)]), processes=0))
    assert_well(launch(SCRIPT, json.dumps([*together, line('spade', 'shrunk', SHORT, *TOGETHER),
                                           resume('grown', *TOGETHER)])))
    assert_well(launch(SCRIPT, json.dumps([resume('shrunk', *ALONE)]), processes=0))
    return directory


def assert_equal_but_for_rounding(first, second):
    """Losses of all iterations, weights, singular vectors, running statistics and averages after the last."""
    entries = log_of(first), log_of(second)
    assert len(entries[0]) == len(entries[1]) == int(LONG)
    for one, other in zip(*entries):
        assert one.keys() == other.keys()
        for name, value in one.items():
            numpy.testing.assert_allclose(other[name], value, rtol=1e-9, atol=1e-9, err_msg=name)
    for network in ('gen', 'dis', 'gen_average'):
        path = f'snapshots/{network}_{int(LONG):08}.npz'
        with numpy.load(first / path) as arrays, numpy.load(second / path) as others:
            assert arrays.files == others.files
            for name in (name for name in arrays.files if arrays[name].dtype.kind != 'U'):  # texts describe the run
                # Biases before a normalisation have no gradient but rounding, which Adam takes for one.
                numpy.testing.assert_allclose(others[name], arrays[name], rtol=1e-7, atol=1e-7, err_msg=name)


@pytest.mark.parametrize('system', SYSTEMS)
def test_two_processes_are_as_one_with_their_batches(system, runs):
    assert_equal_but_for_rounding(runs / f'one {system}', runs / f'two {system}')


@pytest.mark.parametrize('out_dir', ['shrunk', 'grown'])
def test_a_run_goes_on_with_another_number_of_processes(out_dir, runs):
    assert_equal_but_for_rounding(runs / 'one spade', runs / out_dir)


def test_two_processes_leave_the_files_of_one(runs):
    one, two = ({str(path.relative_to(runs / name)) for path in (runs / name).rglob('*')}
                for name in ('one spade', 'two spade'))
    assert one == two
    assert json.loads((runs / 'two spade' / 'options.json').read_text())['communicator'] == 'naive'
