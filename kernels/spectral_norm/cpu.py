"""Spectral normalisation on a CPU: rows of the weight are shared among the cores."""
import numpy

from ..runtime.arrays import Array
from ..runtime.threads import parallel, spans, threads
from .unit import unit

# Numbers below which a second thread costs more than it saves.
SMALL = 1 << 17


def normalize(matrix: Array, u: Array) -> tuple[Array, Array, Array, Array]:
    """As ``spectral_norm.normalize``."""
    parts = _parts(matrix)
    shares = numpy.empty((len(parts), matrix.shape[1]), matrix.dtype)
    parallel(lambda i: numpy.matmul(u[parts[i]], matrix[parts[i]], out=shares[i]), range(len(parts)))
    v = unit(shares.sum(axis=0))
    projected, normalized = numpy.empty(len(matrix), matrix.dtype), numpy.empty(matrix.shape, matrix.dtype)
    parallel(lambda part: numpy.matmul(matrix[part], v, out=projected[part]), parts)
    u = unit(projected)
    sigma = numpy.vdot(u, projected)
    parallel(lambda part: numpy.multiply(matrix[part], 1 / sigma, out=normalized[part]), parts)
    return normalized, u, v, sigma


def weight_gradient(g: Array, normalized: Array, u: Array, v: Array, sigma: Array) -> Array:
    """As ``spectral_norm.weight_gradient``."""
    parts = _parts(g)
    inner, gradient = numpy.empty(len(parts), g.dtype), numpy.empty(g.shape, g.dtype)

    def dot(i):
        inner[i] = numpy.vdot(g[parts[i]], normalized[parts[i]])

    def run(part):
        numpy.multiply((u[part] * (-inner.sum() / sigma))[:, None], v, out=gradient[part])
        gradient[part] += g[part] * (1 / sigma)

    parallel(dot, range(len(parts)))
    parallel(run, parts)
    return gradient


def _parts(matrix):
    """Rows of each thread."""
    count = threads() if matrix.size >= SMALL else 1
    return [slice(*span) for span in spans(len(matrix), count)]
