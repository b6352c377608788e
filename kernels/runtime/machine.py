"""Settings of the machine, one object for the process: which kernels run, how precisely, and on what part of a batch.

A script chooses them once, before it builds anything. A captured graph keeps those that it was captured with.
"""
import contextlib
import dataclasses
import os
from collections.abc import Iterator
from typing import Any

from .across import BatchPart

VARIABLE = 'SPADE_ANIME_KERNELS'
KERNELS = 'own', 'reference'
# Single precision; the same with factors rounded to TF32's 10 bits of fraction, as tensor cores take them, and sums
# in single precision; half precision where arrays are stored, with sums in single precision.
PRECISIONS = 'fp32', 'tf32', 'fp16'


@dataclasses.dataclass(frozen=True)
class Machine:
    """Settings of the machine. ValueError for a name that is not allowed.

    Args:
        kernels: 'own', or 'reference' for the plain formulas everywhere; None: 'reference' where the environment
            variable SPADE_ANIME_KERNELS says so, else 'own'.
        precision: of convolutions and matrix products on a GPU, one of ``PRECISIONS``.
        part: what this process has of the batch of all processes.
    """

    kernels: str | None = None
    precision: str = 'tf32'
    part: BatchPart = BatchPart()

    def __post_init__(self) -> None:
        if self.kernels not in (None, *KERNELS):
            raise ValueError(f'kernels is {self.kernels!r}; it may be {", ".join(KERNELS)}')
        if self.precision not in PRECISIONS:
            raise ValueError(f'precision is {self.precision!r}; it may be {", ".join(PRECISIONS)}')

    @property
    def by_reference(self) -> bool:
        """Whether the plain formulas run everywhere. ValueError for another value of the environment variable."""
        if self.kernels is not None:
            return self.kernels == 'reference'
        value = os.environ.get(VARIABLE, '')
        if value not in ('', 'reference'):
            raise ValueError(f"{VARIABLE} is {value!r}; it may be 'reference' or empty")
        return bool(value)

    @property
    def allows_tf32(self) -> bool:
        """Whether factors of type float32 may be rounded to TF32; where storage is half that is precise enough too."""
        return self.precision != 'fp32'


_machine = Machine()


def machine() -> Machine:
    """The settings that hold now."""
    return _machine


def choose(**changes: Any) -> Machine:
    """Change some of the settings, by name, for what is computed from now on; return those before."""
    global _machine
    before, _machine = _machine, dataclasses.replace(_machine, **changes)
    return before


@contextlib.contextmanager
def using(**changes: Any) -> Iterator[None]:
    """Change some of the settings inside ``with``; afterwards all are as before."""
    before = choose(**changes)
    try:
        yield
    finally:
        choose(**vars(before))
