"""What the kernel benchmark times: one op at one size."""
from collections.abc import Callable
from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class Case:
    """An op at a size that the full model uses.

    ``arrays`` are NumPy arrays, moved to the device before timing; ``run(arrays, impl)`` calls the op with
    ``impl=None | 'reference'``; ``torch(tensors)`` computes the same in PyTorch, importing it inside, or is None.
    ``moved`` is the number of bytes that have to cross memory, each input read once and each output written once
    unless the op cannot do without a second pass.
    """

    op: str
    size: str
    arrays: tuple[numpy.ndarray, ...]
    run: Callable
    moved: int
    torch: Callable | None = None


def normal(*shape: int, seed: int = 0) -> numpy.ndarray:
    """Float32 array of standard normal numbers."""
    return numpy.random.default_rng(seed).standard_normal(shape, numpy.float32)
