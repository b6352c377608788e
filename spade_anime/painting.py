"""Painting with a trained generator, in test mode."""
from collections.abc import Iterable
from typing import Any

import chainer
import numpy

from kernels.runtime.across import ALONE
from spade_anime.types import Array, Arrays


def paint(gen: chainer.Link, condition: Arrays, z: Any = None) -> numpy.ndarray:
    """Images (B, 3, S, S) float32 in [-1, 1] that ``gen`` paints for a batch of conditions, as a NumPy array.

    ``z``: noise as ``gen.draw_noise`` returns it; None draws it.

    Test mode: running statistics, no state of the generator changes.
    """
    with chainer.using_config('train', False):
        image = _painted(gen, condition, z)
    return chainer.backends.cuda.to_cpu(image).astype(numpy.float32, copy=False)


def estimate_statistics(gen: chainer.Link, batches: Iterable[tuple[Arrays, Any]]) -> None:
    """Set the running statistics of ``gen`` to the means of the batch statistics over ``batches``.

    In training the running statistics lag behind weights that keep changing, and cover only the last ten batches or so.
    Averaged weights have no statistics of their own. They are estimated for the weights that paint as in Wu & Johnson
    2021, arXiv:2105.07576, section 3.

    Args:
        gen: the generator; nothing else in it changes.
        batches: pairs of a condition (a tuple of arrays (B, ...)) and its noise, as ``gen.draw_noise`` gives it.
    """
    norms = [link for link in gen.links() if hasattr(link, 'avg_var')]
    settings = [(norm.decay, norm.across) for norm in norms]
    # Training mode changes these as well.
    vectors = [link.W_u for link in gen.links() if hasattr(link, 'W_u')]
    kept = [vector.copy() for vector in vectors]
    for i, (condition, z) in enumerate(batches, start=1):
        for norm in norms:
            # The mean of i batches is that of the others, weighted 1 - 1/i, and the new one.
            norm.decay, norm.across = 1 - 1 / i, ALONE
        with chainer.using_config('train', True):
            _painted(gen, condition, z)
    for norm, setting in zip(norms, settings):
        norm.decay, norm.across = setting
    for vector, before in zip(vectors, kept):
        vector[...] = before


def scaled(z: Any, factor: float) -> Any:
    """Noise, an array or arrays in nested lists, times a factor."""
    if isinstance(z, list | tuple):
        return type(z)(scaled(part, factor) for part in z)
    return z if factor == 1 else z * numpy.float32(factor)


def _painted(gen: chainer.Link, condition: Arrays, z: Any) -> Array:
    """Images in the dtype and on the device of the generator."""
    dtype = next(gen.params()).dtype
    # What comes in has been read and checked; Chainer's checks of every call take longer than small networks.
    with chainer.no_backprop_mode(), chainer.using_config('type_check', False):
        return gen(*(gen.xp.asarray(array, dtype) for array in condition), z=_stored(z, dtype)).array


def _stored(z: Any, dtype: numpy.dtype) -> Any:
    """Noise, an array or arrays in nested lists, in the type that the generator stores; None stays None."""
    if isinstance(z, list | tuple):
        return type(z)(_stored(part, dtype) for part in z)
    return None if z is None else z.astype(dtype, copy=False)
