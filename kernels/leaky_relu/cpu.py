"""Leaky ReLU on a CPU: both passes over a block while it is in the cache, on all cores."""
from collections.abc import Callable

import numpy

from ..runtime.arrays import Array
from ..runtime.layout import flat, is_channels_last, new
from ..runtime.threads import parallel, scratch, spans

# Elements a block: few enough for the cache, many enough that threads do not wait for the interpreter.
BLOCK = 1 << 18


def forward(x: Array, slope: float) -> Array:
    """As ``leaky_relu.leaky_relu``."""
    def run(x, y):
        scaled = scratch('leaky_relu', x.shape, x.dtype)
        numpy.multiply(x, slope, out=scaled)
        numpy.maximum(x, scaled, out=y)

    return _over_blocks(run, x)


def gradient(gy: Array, y: Array, slope: float) -> Array:
    """As ``leaky_relu.leaky_relu_gradient``."""
    def run(gy, y, gx):
        factor = scratch('leaky_relu', y.shape, gy.dtype)
        numpy.greater(y, 0, out=factor, casting='unsafe')
        factor *= 1 - slope
        factor += slope
        numpy.multiply(gy, factor, out=gx)

    return _over_blocks(run, gy, y)


def _over_blocks(run: Callable, *arrays: Array) -> Array:
    """What ``run`` writes to the last of its arguments: an array that lies as the first of ``arrays``, without gaps."""
    first = arrays[0]
    last = is_channels_last(first)
    result = new(first, first.shape, last)
    lines = [flat(array, last) for array in (*arrays, result)]
    parallel(lambda span: run(*(line[slice(*span)] for line in lines)), spans(first.size, -(-first.size // BLOCK)))
    return result
