"""Vectors of length one."""
import numpy

from ..runtime.arrays import Array, array_module

EPS = 1e-6


def unit(vector: Array) -> Array:
    """``vector`` (n,) over its length and ``EPS``, which keeps zeros finite."""
    return vector / (array_module(vector).sqrt((vector * vector).sum()) + numpy.asarray(EPS, vector.dtype)[()])
