"""Launches of losses.cu."""
from typing import Any

import numpy
from numpy.typing import DTypeLike

from ..runtime import layout
from ..runtime.arrays import Array, array_module
from ..runtime.launching import THREADS, blocks, kernel

# Elements a block takes, enough to pay for its share of the last sum, and the most blocks.
ELEMENTS = 16 * THREADS
PARTS = 1024


def launch(function: str, arrays: tuple[Array, ...], *arguments: Any) -> tuple[Array, Array]:
    """Run a loss of losses.cu; elements may lie in any order, if the same in all arrays."""
    first, xp = arrays[0], array_module(*arrays)
    last = layout.is_channels_last(first)
    arrays = [layout.dense(array, last) for array in arrays]
    slopes = layout.new(first, first.shape, last, numpy.int8)
    parts = min(blocks(first.size, ELEMENTS), PARTS)
    partial, value = xp.empty(parts, numpy.float32), xp.empty((), numpy.float32)
    count = numpy.int64(first.size)
    kernel('losses', function, T=first.dtype)((parts,), (THREADS,), (*arrays, slopes, partial, count, *arguments))
    kernel('losses', 'mean', T=first.dtype)((1,), (THREADS,), (partial, value.reshape(1), count, numpy.int32(parts)))
    return value, slopes


def slopes_gradient(slopes: Array, gradient: Array, dtype: DTypeLike) -> Array:
    """As ``losses.slopes_gradient``."""
    last = layout.is_channels_last(slopes)
    slopes = layout.dense(slopes, last)
    result = layout.new(slopes, slopes.shape, last, dtype)
    gradient = array_module(slopes).asarray(gradient, numpy.float32).reshape(1)
    arguments = slopes, gradient, result, numpy.int64(slopes.size)
    kernel('losses', 'slopes_gradient', T=dtype)((blocks(slopes.size),), (THREADS,), arguments)
    return result
