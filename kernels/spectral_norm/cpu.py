"""Spectral normalisation on a CPU: rows of the weight are shared among the cores."""
import numpy

from ..runtime.arrays import Array
from ..runtime.threads import parallel, spans, threads
from .unit import unit

# Numbers below which a second thread costs more than it saves.
SMALL = 1 << 17


def normalize(matrix: Array, u: Array, out: Array) -> tuple[Array, Array, Array]:
    """As ``spectral_norm.normalize``, whose first result is written to ``out``."""
    parts = _parts(matrix)
    shares = numpy.empty((len(parts), matrix.shape[1]), matrix.dtype)
    parallel(lambda i: numpy.matmul(u[parts[i]], matrix[parts[i]], out=shares[i]), range(len(parts)))
    v = unit(shares.sum(axis=0))
    projected = numpy.empty(len(matrix), matrix.dtype)
    parallel(lambda part: numpy.matmul(matrix[part], v, out=projected[part]), parts)
    u = unit(projected)
    sigma = numpy.vdot(u, projected)
    parallel(lambda part: numpy.multiply(matrix[part], 1 / sigma, out=out[part]), parts)
    return u, v, sigma


def weight_gradient(g: Array, normalized: Array, u: Array, v: Array, sigma: Array, out: Array) -> None:
    """As ``spectral_norm.weight_gradient``, whose result is written to ``out``."""
    parts = _parts(g)
    inner = numpy.empty(len(parts), g.dtype)

    def dot(i):
        inner[i] = numpy.vdot(g[parts[i]], normalized[parts[i]])

    def run(part):
        numpy.multiply((u[part] * (-inner.sum() / sigma))[:, None], v, out=out[part])
        out[part] += g[part] * (1 / sigma)

    parallel(dot, range(len(parts)))
    parallel(run, parts)


def _parts(matrix):
    """Rows of each thread."""
    count = threads() if matrix.size >= SMALL else 1
    return [slice(*span) for span in spans(len(matrix), count)]
