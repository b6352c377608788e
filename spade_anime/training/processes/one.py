"""A training by several processes, on ChainerMN.

Every process has networks, optimizers and random generators in the same state and a batch of its own. The batches of
all, one after another, are the batch that one process with a ``batch_size`` as many times as large would take, of the
same samples with the same noise; gradients are averaged before each update, so the weights go the same way.
"""
import contextlib

import chainer

from kernels.runtime import across as means
from spade_anime.errors import InputError


class ProcessesError(InputError):
    """Processes that cannot train together, or no longer do."""


class OneProcess:
    """A training by this process alone.

    Attributes:
        rank: number of the process; the first, 0, is the one that writes and tells.
        size: how many processes there are.
        across: means over a batch that is spread over them, for normalisation.
    """

    rank, size, across = 0, 1, means.ALONE
    told = launcher = ''
    """What a user should know of them, behind what is computed where; and the command that starts them."""

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and tells."""
        return self.rank == 0

    @contextlib.contextmanager
    def together(self):
        """End all processes when one ends by an error; it is told once."""
        yield

    def device(self, wanted: str) -> tuple[str, int]:
        """What to compute on where ``wanted`` is 'cpu', 'cuda' or 'auto', and the number of the GPU."""
        return wanted, 0

    def unite(self, link: chainer.Link) -> None:
        """Give a link on the host the arrays of the first process, and its normalisation the batches of all."""

    def average(self, trained: chainer.Link, *others: chainer.Link) -> None:
        """Average the gradients of ``trained``, and running statistics of it and of ``others``."""

    def means(self, values: dict) -> dict:
        """Mean over the processes of each number."""
        return values

    def of_all(self, value) -> list:
        """What each process calls this with, in order."""
        return [value]

    def of_first(self, value):
        """What the first process calls this with."""
        return value

    def check_equal(self, networks: dict) -> None:
        """Raise ProcessesError where a network is not the same in all processes, to the last bit.

        Running statistics do not count: the first process may have estimated them anew to paint, and no training
        depends on them.
        """


ALONE = OneProcess()
