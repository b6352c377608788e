"""Joining the processes that mpiexec started: mpiexec -n 2 python train.py --communicator naive."""
import os

from spade_anime import _compat
from spade_anime.training.processes.mpi import Processes
from spade_anime.training.processes.one import ALONE, OneProcess, ProcessesError
from spade_anime.training.processes.silence import RANKS

COMMUNICATORS = 'naive', 'pure_nccl'
LAUNCHERS = *RANKS, 'PMIX_RANK', 'SLURM_PROCID'
SIZES = 'PMI_SIZE', 'OMPI_COMM_WORLD_SIZE'


def join(communicator: str, sync_batch_norm: bool = False) -> OneProcess:
    """Join the processes that mpiexec started with this one; 'none': train in this process alone.

    Raises ProcessesError if there are none, or what they need is not installed.
    """
    flag = f'--communicator {communicator}'
    if communicator == 'none':
        others = max(int(os.environ.get(name) or 1) for name in SIZES)
        if others > 1:
            raise ProcessesError(f'--communicator is missing: mpiexec started {others} processes, and each would train '
                                 f'by itself; allowed are {", ".join(COMMUNICATORS)}')
        if sync_batch_norm:
            raise ProcessesError('--sync_batch_norm needs several processes: --communicator '
                                 f'{" or ".join(COMMUNICATORS)}')
        return ALONE
    if not any(name in os.environ for name in LAUNCHERS):
        raise ProcessesError(f'{flag}: was not started by mpiexec; mpiexec -n 2 python train.py ... starts two '
                             'processes, and --communicator none trains with one')
    try:
        chainermn = _compat.import_chainermn()
    except (ImportError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ProcessesError(f'{flag}: mpi4py with an MPI is needed, which the extra distributed installs '
                             f'({reason})') from None
    if communicator == 'pure_nccl' and not chainermn.nccl._available:
        raise ProcessesError(f'{flag}: CuPy with NCCL is needed (the extras cuda13 and distributed); without GPUs '
                             '--communicator naive is allowed')
    made = chainermn.create_communicator(communicator)
    _divide_cores(made.intra_size)
    return Processes(made, communicator == 'pure_nccl', sync_batch_norm)


def _divide_cores(processes: int) -> None:
    """Give each of a machine's processes an equal share of its cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    os.environ.setdefault('SPADE_ANIME_THREADS', str(max(1, cores // processes)))
