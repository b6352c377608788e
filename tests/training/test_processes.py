"""What processes ask of each other, and what a user is told who has not what it takes."""
import sys

import pytest
from mpi_runs import assert_well, launch

from spade_anime.training import distributed
from spade_anime.training.distributed import join, told_once
from spade_anime.training.processes import ALONE, ProcessesError

VARIABLES = {name for names in (distributed.LAUNCHERS, distributed.SIZES) for name in names}


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_two_processes():
    result = launch('tests/training/processes_side.py')
    assert_well(result)
    assert result.stdout.count('all is well') == 2


def test_one_process_needs_no_mpi(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mpi4py', None)
    assert join('none') is ALONE
    assert ALONE.first and ALONE.of_all(3) == [3] and ALONE.of_first(3) == 3 and ALONE.means({'a': 1.0}) == {'a': 1.0}


@pytest.mark.parametrize('communicator', distributed.COMMUNICATORS)
def test_communicator_without_mpiexec(communicator):
    with pytest.raises(ProcessesError, match=f'--communicator {communicator}: was not started by mpiexec; mpiexec -n'):
        join(communicator)


def test_mpiexec_without_communicator(monkeypatch):
    monkeypatch.setenv('PMI_SIZE', '2')
    with pytest.raises(ProcessesError, match='--communicator is missing: mpiexec started 2.*naive, pure_nccl'):
        join('none')


def test_statistics_of_one_process_alone():
    with pytest.raises(ProcessesError, match='--sync_batch_norm needs several processes'):
        join('none', sync_batch_norm=True)


def test_without_mpi4py(monkeypatch):
    monkeypatch.setenv('PMI_RANK', '0')
    monkeypatch.setitem(sys.modules, 'chainermn', None)
    with pytest.raises(ProcessesError, match='mpi4py with an MPI is needed, .* extra distributed installs') as told:
        join('naive')
    assert '\n' not in str(told.value)


def test_without_mpi():
    result = launch('train.py', '--communicator', 'naive', processes=0, PMI_RANK='0', MPI4PY_LIBMPI='/nonexistent')
    assert (result.returncode, result.stdout) == (2, '')
    assert result.stderr == ('train.py: error: --communicator naive: mpi4py with an MPI is needed, which the extra '
                             'distributed installs (cannot load MPI library)\n')


def test_all_have_an_error_and_the_first_tells_it(capsys, monkeypatch):
    for rank in (0, 1):
        monkeypatch.setenv('PMI_RANK', str(rank))
        with pytest.raises(SystemExit if rank else ProcessesError), told_once():
            print('something')
            join('none', sync_batch_norm=True)
        assert bool(capsys.readouterr().out) == (rank == 0)
