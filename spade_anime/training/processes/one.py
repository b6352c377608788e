"""A training by several processes, on ChainerMN.

Every process has networks, optimizers and random number generators in the same state, and a batch of its own. All
batches, one after another, are the batch that one process with a ``batch_size`` that many times as large would take:
the same samples with the same noise. Gradients are averaged before each update, so the weights stay equal.
"""
import contextlib
from collections.abc import Iterator
from typing import Any

import chainer

from kernels.runtime import across as means
from spade_anime.errors import InputError


class ProcessesError(InputError):
    """Processes that cannot train together, or have diverged."""


class OneProcess:
    """A training by this process alone.

    Attributes:
        rank: number of the process; the first, 0, writes and prints.
        size: how many processes there are.
        across: means over a batch that is spread over them, for normalisation.
        note: added to the line that names the device.
        launcher: start of the command line that starts them.
    """

    rank, size = 0, 1
    across: means.Across = means.ALONE
    note = launcher = ''

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """End all processes when one ends with an error, which is printed once."""
        yield

    def device(self, wanted: str) -> tuple[str, int]:
        """Device for a ``wanted`` of 'cpu', 'cuda' or 'auto', again one of these, and the number of the GPU."""
        return wanted, 0

    def unite(self, link: chainer.Link) -> None:
        """Give a link on the host the arrays of the first process, and its normalisation the batches of all."""

    def average(self, trained: chainer.Link, *others: chainer.Link) -> None:
        """Average the gradients of ``trained``, and running statistics of it and of ``others``."""

    def means(self, values: dict) -> dict:
        """Mean over the processes of each number."""
        return values

    def of_all(self, value: Any) -> list:
        """The ``value`` of each process, in order."""
        return [value]

    def of_first(self, value: Any) -> Any:
        """The ``value`` of the first process."""
        return value

    def check_equal(self, networks: dict) -> None:
        """Raise ProcessesError if a network is not the same in all processes, to the last bit.

        Running statistics do not count: the first process may have estimated them again to paint, and no training
        depends on them.
        """


ALONE = OneProcess()
