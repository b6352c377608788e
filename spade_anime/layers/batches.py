"""Several batches in one pass of a network, as if each went alone."""
import contextvars
import itertools
from collections.abc import Callable, Sequence

import chainer
import chainer.functions as F

from spade_anime.types import Operand, Variables

_SIZES: contextvars.ContextVar[tuple[int, ...]] = contextvars.ContextVar('sizes', default=())


def batch_sizes() -> tuple[int, ...]:
    """Sizes of the batches that arrays hold, one after another, in a pass of several; () in any other pass.

    A layer that computes over the samples of a batch has to ask for them.
    """
    return _SIZES.get()


def in_one_pass(function: Callable[..., chainer.Variable], batches: Sequence[Sequence[Operand]]) -> Variables:
    """``function(*batch)`` of each of ``batches``, tuples of arrays, by one call with all of them.

    Batch normalisation has statistics of each batch, and its running averages see one after the other. What a call does
    to weights is done once: spectral normalisation takes one step of the power iteration. Differentiable once.
    """
    if len(batches) == 1:
        return function(*batches[0]),
    sizes = tuple(len(batch[0]) for batch in batches)
    token = _SIZES.set(sizes)
    try:
        result = function(*(F.concat(arrays, axis=0) for arrays in zip(*batches)))
    finally:
        _SIZES.reset(token)
    return F.split_axis(result, list(itertools.accumulate(sizes))[:-1], axis=0)
