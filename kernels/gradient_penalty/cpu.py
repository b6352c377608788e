"""Sums of squares on a CPU: each sample is read once, on all cores."""
import numpy

from ..runtime.arrays import Array
from ..runtime.threads import parallel


def squares(rows: Array) -> Array:
    """Sum of the squares of each row of (B, n), (B,)."""
    sums = numpy.empty(len(rows), rows.dtype)

    def run(sample):
        sums[sample] = numpy.dot(rows[sample], rows[sample])

    parallel(run, range(len(rows)))
    return sums
