"""Several processes on ChainerMN that train together."""
import atexit
import contextlib
import hashlib
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import chainer
import numpy
from numpy.typing import DTypeLike

from kernels.runtime import across as means
from kernels.runtime.across import BatchPart
from kernels.runtime.machine import choose
from spade_anime.devices import cuda_devices
from spade_anime.errors import InputError
from spade_anime.runs.weights import arrays_of, load_arrays
from spade_anime.training.processes.one import OneProcess, ProcessesError
from spade_anime.training.processes.silence import silence

RUNNING_STATISTICS = 'avg_mean', 'avg_var'
PATIENCE = 2
"""Seconds that a process with an error waits for the others to have one as well."""


class Processes(OneProcess):
    """Several processes that an MPI started; all of them have to call every method, in the same order.

    Args:
        communicator: ChainerMN's.
        on_gpus: each process has a GPU; else they compute on CPUs.
        sync_batch_norm: normalise by statistics of all batches together. Without it each process normalises by its own,
            and the running ones are averaged.
    """

    def __init__(self, communicator: Any, on_gpus: bool = False, sync_batch_norm: bool = False):
        self._communicator, self._mpi, self._on_gpus = communicator, communicator.mpi_comm, on_gpus
        # A channel of its own: the others may be waiting in an exchange of the training.
        self._aside = self._mpi.Dup()
        self.rank, self.size = communicator.rank, communicator.size
        self.across = means.Across(self._mean, self.size) if sync_batch_norm else means.ALONE
        self.note, self.launcher = f', {self.size} processes with an equal part each', f'mpiexec -n {self.size} '
        choose(part=BatchPart(self.rank, self.size, self._mean, self._mpi.allgather))

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            if not self.first:
                stack.enter_context(silence())
            try:
                yield
            except BaseException as error:
                status = 2 if isinstance(error, (InputError, OSError)) else 1
                if not self._all_failed():
                    # The script prints the error first.
                    atexit.register(self._abort, status)
                elif not self.first:
                    raise SystemExit(status) from None
                raise

    def device(self, wanted: str) -> tuple[str, int]:
        if not self._on_gpus and wanted == 'cuda':
            raise ProcessesError('--communicator naive contradicts --device cuda; with GPUs pure_nccl is allowed')
        number, there = self._communicator.intra_rank, cuda_devices()
        if self._on_gpus and (wanted == 'cpu' or number >= there):
            raise ProcessesError(f'--communicator pure_nccl needs a GPU for each of {self._communicator.intra_size} '
                                 f'processes on a machine, this one has {there}; with --device cpu naive is allowed')
        return ('cuda', number) if self._on_gpus else ('cpu', 0)

    def unite(self, link: chainer.Link) -> None:
        for child in link.links():
            if hasattr(child, 'across'):
                child.across = self.across
        arrays = self.of_first(arrays_of(link) if self.first else None)
        load_arrays(arrays, link, 'process 0')

    def average(self, trained: chainer.Link, *others: chainer.Link) -> None:
        if self._on_gpus:
            self._communicator.multi_node_mean_grad(trained)
        else:
            # The same in one exchange instead of one per parameter.
            self._average_arrays([param.grad for param in trained.params() if param.grad is not None])
        if self.across is means.ALONE:
            # In double precision the mean of equal numbers is that number.
            self._average_arrays([array for link in (trained, *others) for array in _running_statistics(link)],
                                 numpy.float64)

    def means(self, values: dict) -> dict:
        numbers = self._mean(numpy.array(list(values.values()), numpy.float64))
        return dict(zip(values, numbers.tolist()))

    def of_all(self, value: Any) -> list:
        return self._mpi.allgather(value)

    def of_first(self, value: Any) -> Any:
        return self._communicator.bcast_obj(value if self.first else None) if self.size > 1 else value

    def check_equal(self, networks: dict) -> None:
        for name, network in networks.items():
            arrays = (array for name, array in arrays_of(network).items() if not name.endswith(RUNNING_STATISTICS))
            digest = hashlib.sha256(b''.join(numpy.asarray(array).tobytes() for array in arrays)).hexdigest()
            if len(set(self.of_all(digest))) > 1:
                raise ProcessesError(f'--communicator: the {self.size} processes no longer have the same {name}; '
                                     'do all machines have the same versions of everything?')

    def _average_arrays(self, arrays: list, dtype: DTypeLike | None = None) -> None:
        """Replace each array's numbers by their means over the processes."""
        if not arrays:
            return
        xp = chainer.backend.get_array_module(arrays[0])
        flat = xp.concatenate([array.ravel() for array in arrays])
        flat = self._mean(flat.astype(dtype or flat.dtype, copy=False))
        for array, mean in zip(arrays, xp.split(flat, numpy.cumsum([array.size for array in arrays])[:-1])):
            array[...] = mean.reshape(array.shape)

    def _mean(self, array: Any) -> Any:
        total = array.copy()
        if isinstance(total, numpy.ndarray):
            from mpi4py import MPI
            self._mpi.Allreduce(MPI.IN_PLACE, total)
        else:
            _nccl_sum(self._communicator, total)
        total /= self.size
        return total

    def _all_failed(self) -> bool:
        """Whether all processes arrive here within ``PATIENCE``."""
        request, end = self._aside.Ibarrier(), time.monotonic() + PATIENCE
        while not request.Test():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def _abort(self, status: int) -> None:
        sys.stderr.flush()
        # MPI would print a line that adds nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        self._mpi.Abort(status)


def _running_statistics(link: chainer.Link) -> list:
    return [child.__dict__[name] for child in link.links() for name in RUNNING_STATISTICS if name in child._persistent]


def _nccl_sum(communicator: Any, array: Any) -> None:
    from chainermn import nccl
    from chainermn.communicators import _communication_utility as utility
    communicator._init_comms()
    communicator.nccl_comm.allReduce(array.data.ptr, array.data.ptr, array.size, utility._get_nccl_type_id(array.dtype),
                                     nccl.NCCL_SUM, chainer.cuda.Stream.null.ptr)
