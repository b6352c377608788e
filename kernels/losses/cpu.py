"""Losses on a CPU: all passes over a block while it is in the cache, on all cores."""
import numpy

from ..runtime.arrays import Array
from ..runtime.layout import flat, is_channels_last, new
from ..runtime.threads import parallel, scratch, spans

# Elements a block takes: few enough for the cache.
BLOCK = 1 << 18


def absolute_difference(x: Array, target: Array) -> tuple[Array, Array]:
    """As ``losses.absolute_difference``."""
    last, wide = is_channels_last(x), numpy.promote_types(x.dtype, 'f')
    slopes = new(x, x.shape, last, numpy.int8)
    flat_x, flat_target, flat_slopes = (flat(array, last) for array in (x, target, slopes))
    parts = spans(x.size, -(-x.size // BLOCK))
    sums = numpy.empty(len(parts))

    def run(i):
        part = slice(*parts[i])
        difference = scratch('difference', (part.stop - part.start,), wide)
        numpy.subtract(flat_x[part], flat_target[part], out=difference)
        # Comparisons make no number but 0 and 1, and need no second turn through single precision.
        numpy.subtract(difference > 0, difference < 0, out=flat_slopes[part], dtype=numpy.int8)
        sums[i] = numpy.abs(difference, out=difference).sum()

    parallel(run, range(len(parts)))
    return numpy.asarray(sums.sum() / x.size, wide), slopes
