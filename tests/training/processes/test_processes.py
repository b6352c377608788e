"""What processes ask of each other, and what a user is told who has not what it takes."""
import sys
from types import SimpleNamespace

import chainer
import pytest
from mpi_launch import launch

from spade_anime.fields import OptionError
from spade_anime.systems.options import CommonOptions
from spade_anime.systems.system import TrainingData, TrainingSet
from spade_anime.training import run, session
from spade_anime.training.processes import joining, mpi
from spade_anime.training.processes.joining import join
from spade_anime.training.processes.one import ALONE, ProcessesError
from spade_anime.training.processes.silence import told_once
from spade_anime.training.updater import GANUpdater

VARIABLES = {name for names in (joining.LAUNCHERS, joining.SIZES) for name in names}


@pytest.fixture(autouse=True)
def no_launcher(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.slow
def test_two_processes():
    """Their last act are losses that are not finite in one of them: all end, and it is told once."""
    result = launch('tests/training/processes/try_processes.py')
    assert result.stdout.count('all is well') == 2, result.stderr
    told, = result.stderr.splitlines()
    assert result.returncode == 2
    assert told.startswith('try_processes.py: error: training stopped: gen/loss is nan in this test')


def test_one_process_needs_no_mpi(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mpi4py', None)
    assert join('none') is ALONE
    assert ALONE.first and ALONE.of_all(3) == [3] and ALONE.of_first(3) == 3 and ALONE.means({'a': 1.0}) == {'a': 1.0}


@pytest.mark.parametrize('communicator', joining.COMMUNICATORS)
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


@pytest.mark.parametrize('error', [ImportError("No module named 'mpi4py'"),
                                   RuntimeError('cannot load MPI library\n...')])
def test_without_mpi(error, monkeypatch):
    def import_chainermn():
        raise error

    monkeypatch.setenv('PMI_RANK', '0')
    monkeypatch.setattr(joining._compat, 'import_chainermn', import_chainermn)
    with pytest.raises(ProcessesError, match='mpi4py with an MPI is needed, .* extra distributed installs') as told:
        join('naive')
    assert str(error).splitlines()[0] in str(told.value) and '\n' not in str(told.value)


def test_chainermn_that_cannot_be_imported_is_asked_for_by_name(monkeypatch):
    monkeypatch.setenv('PMI_RANK', '0')
    monkeypatch.setitem(sys.modules, 'chainermn', None)
    with pytest.raises(ProcessesError, match='chainermn'):
        join('naive')


@pytest.fixture
def of_machine(monkeypatch):
    """Function that makes the second of a machine's two processes, which has so many GPUs."""
    channel = SimpleNamespace(Dup=lambda: None, allgather=None)

    def make(gpus, on_gpus):
        monkeypatch.setattr(mpi, 'cuda_devices', lambda: gpus)
        return mpi.Processes(SimpleNamespace(mpi_comm=channel, rank=1, size=2, intra_rank=1, intra_size=2), on_gpus)

    return make


def test_processes_compute_where_their_communicator_does(of_machine):
    assert of_machine(2, on_gpus=True).device('auto') == of_machine(2, on_gpus=True).device('cuda') == ('cuda', 1)
    assert of_machine(2, on_gpus=False).device('auto') == of_machine(0, on_gpus=False).device('cpu') == ('cpu', 0)


@pytest.mark.parametrize(('gpus', 'on_gpus', 'wanted', 'line'), [
    (2, False, 'cuda', '--communicator naive contradicts --device cuda; with GPUs pure_nccl is allowed'),
    (2, True, 'cpu', 'pure_nccl needs a GPU for each of 2 processes on a machine, this one has 2; with --device cpu'),
    (1, True, 'auto', 'pure_nccl needs a GPU for each of 2 processes on a machine, this one has 1; with --device cpu'),
])
def test_devices_that_the_communicator_has_not(of_machine, gpus, on_gpus, wanted, line):
    with pytest.raises(ProcessesError, match=line):
        of_machine(gpus, on_gpus).device(wanted)


def test_no_graph_is_captured_of_what_processes_exchange(monkeypatch, capsys):
    # NumPy is then not what the device computes with.
    monkeypatch.setattr(run, 'numpy', None)
    training = object.__new__(run.Run)
    vars(training).update(
        options=CommonOptions(communicator='pure_nccl'), device=chainer.get_device('@numpy'), dtype='f',
        objective=lambda *_: SimpleNamespace(capturable=True), processes=ALONE, networks={'gen': None, 'dis': None},
        iterators={'main': None}, data=TrainingData([TrainingSet('main', None)], [], None))
    assert type(training._updater({})) is GANUpdater
    told, = capsys.readouterr().out.splitlines()
    assert told.startswith('No graph is captured')


def test_statistics_of_all_need_single_precision():
    options = CommonOptions(communicator='pure_nccl', sync_batch_norm=True, precision='fp16')
    with pytest.raises(OptionError, match='--sync_batch_norm contradicts --precision fp16.*allowed are fp32, tf32'):
        session.check_precision(options, SimpleNamespace(name='@cupy:0'))


def test_all_have_an_error_and_the_first_tells_it(capsys, monkeypatch):
    for rank in (0, 1):
        monkeypatch.setenv('PMI_RANK', str(rank))
        with pytest.raises(SystemExit if rank else ProcessesError), told_once():
            print('something')
            join('none', sync_batch_norm=True)
        assert bool(capsys.readouterr().out) == (rank == 0)
