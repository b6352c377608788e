"""A training by several processes, on ChainerMN.

Every process has networks, optimizers and random generators in the same state and a batch of its own. The batches of
all, one after another, are the batch that one process with a ``batch_size`` as many times as large would take, of the
same samples with the same noise; gradients are averaged before each update, so the weights go the same way.
"""
import atexit
import contextlib
import hashlib
import os
import sys
import time

import chainer
import numpy

from kernels.across import ALONE, Across
from spade_anime.errors import InputError
from spade_anime.snapshots import arrays_of, load_arrays

RUNNING_STATISTICS = 'avg_mean', 'avg_var'
PATIENCE = 2
"""Seconds that a process with an error waits for the others to have one too."""


class ProcessesError(InputError):
    """Processes that cannot train together, or no longer do."""


class OneProcess:
    """A training by this process alone.

    Attributes:
        rank: number of the process; the first, 0, is the one that writes and tells.
        size: how many processes there are.
        across: means over a batch that is spread over them, for normalisation.
    """

    rank, size, across = 0, 1, ALONE

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and tells."""
        return self.rank == 0

    @contextlib.contextmanager
    def together(self):
        """End all processes when one ends by an error; it is told once."""
        yield

    def share(self, link: chainer.Link) -> None:
        """Give a link on the host the arrays that the first process has."""

    def average(self, trained: chainer.Link, *others: chainer.Link) -> None:
        """Average the gradients of ``trained``, and running statistics of it and of ``others``."""

    def means(self, values: dict) -> dict:
        """Mean over the processes of each number."""
        return values

    def any(self, flag: bool) -> bool:
        """Whether a flag is set in one process at least."""
        return flag

    def of_first(self, value):
        """What the first process calls this with."""
        return value

    def check_equal(self, networks: dict) -> None:
        """Raise ProcessesError where a network is not the same in all processes, to the last bit."""


class Processes(OneProcess):
    """Several processes that an MPI started; every method has to be called by all of them, in the same order.

    Args:
        communicator: ChainerMN's.
        sync_batch_norm: normalise by statistics of all batches together. Without it each process has its batch's, and
            the running ones are averaged.
    """

    def __init__(self, communicator, sync_batch_norm: bool = False):
        self._communicator, self._mpi = communicator, communicator.mpi_comm
        # Its own channel: the others may wait in an exchange of the training.
        self._aside = self._mpi.Dup()
        self.rank, self.size = communicator.rank, communicator.size
        self.across = Across(self._mean, self.size) if sync_batch_norm else ALONE
        chainer.global_config.batch_part = self.rank, self.size

    @contextlib.contextmanager
    def together(self):
        with contextlib.ExitStack() as stack:
            if not self.first:
                silence = stack.enter_context(open(os.devnull, 'w'))
                stack.enter_context(contextlib.redirect_stdout(silence))
                stack.enter_context(contextlib.redirect_stderr(silence))
            try:
                yield
            except BaseException as error:
                status = 2 if isinstance(error, (InputError, OSError)) else 1
                if not self._all_failed():
                    # The script tells of the error first.
                    atexit.register(self._abort, status)
                elif not self.first:
                    raise SystemExit(status) from None
                raise

    def share(self, link: chainer.Link) -> None:
        arrays = self.of_first(arrays_of(link) if self.first else None)
        load_arrays(arrays, link, 'process 0')

    def average(self, trained: chainer.Link, *others: chainer.Link) -> None:
        self._communicator.multi_node_mean_grad(trained)
        if self.across is not ALONE:
            return
        arrays = [array for link in (trained, *others) for array in _running_statistics(link)]
        if arrays:
            xp = chainer.backend.get_array_module(arrays[0])
            # In double precision the mean of equal numbers is that number.
            flat = self._mean(xp.concatenate(arrays).astype(numpy.float64))
            for array, mean in zip(arrays, xp.split(flat, numpy.cumsum([len(array) for array in arrays])[:-1])):
                array[...] = mean

    def means(self, values: dict) -> dict:
        numbers = self._mean(numpy.array(list(values.values()), numpy.float64))
        return dict(zip(values, numbers.tolist()))

    def any(self, flag: bool) -> bool:
        return any(self._mpi.allgather(bool(flag)))

    def of_first(self, value):
        return self._communicator.bcast_obj(value if self.first else None) if self.size > 1 else value

    def check_equal(self, networks: dict) -> None:
        for name, network in networks.items():
            digest = hashlib.sha256(b''.join(array.tobytes() for array in arrays_of(network).values())).hexdigest()
            if len(set(self._mpi.allgather(digest))) > 1:
                raise ProcessesError(f'--communicator: the {self.size} processes no longer have the same {name}; '
                                     'do all machines have the same versions of everything?')

    def _mean(self, array):
        total = array.copy()
        if isinstance(total, numpy.ndarray):
            from mpi4py import MPI
            self._mpi.Allreduce(MPI.IN_PLACE, total)
        else:
            _nccl_sum(self._communicator, total)
        total /= self.size
        return total

    def _all_failed(self):
        """Whether all processes come here within ``PATIENCE``."""
        request, end = self._aside.Ibarrier(), time.monotonic() + PATIENCE
        while not request.Test():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    def _abort(self, status):
        sys.stderr.flush()
        # MPI has a line of its own to say, which adds nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        self._mpi.Abort(status)


def _running_statistics(link):
    return [child.__dict__[name] for child in link.links() for name in RUNNING_STATISTICS if name in child._persistent]


def _nccl_sum(communicator, array):
    from chainermn import nccl
    from chainermn.communicators import _communication_utility as utility
    communicator._init_comms()
    communicator.nccl_comm.allReduce(array.data.ptr, array.data.ptr, array.size, utility._get_nccl_type_id(array.dtype),
                                     nccl.NCCL_SUM, chainer.cuda.Stream.null.ptr)
