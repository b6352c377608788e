"""Spectral normalisation: a weight divided by its largest singular value (Miyato et al. 2018, arXiv:1802.05957).

``sigma = u^T W v`` with ``v = W^T u / |W^T u|`` and ``u = W v / |W v|``, one power iteration a call (algorithm 1).
"""
import numpy

from ._arrays import array_module, is_reference
from ._parallel import parallel, spans, threads

EPS = 1e-6

# Numbers below which a second thread costs more than it saves.
SMALL = 1 << 17


def normalize(matrix, u, impl: str | None = None) -> tuple:
    """One power iteration on ``matrix`` of shape (out, n) from ``u`` of shape (out,).

    Returns ``matrix / sigma``, the new ``u`` (out,), ``v`` (n,) and ``sigma``, a zero-dimensional array.
    """
    if is_reference(impl, matrix):
        v = _unit(u @ matrix)
        projected = matrix @ v
        u = _unit(projected)
        sigma = u @ projected
        return matrix / sigma, u, v, sigma
    parts = _parts(matrix)
    shares = numpy.empty((len(parts), matrix.shape[1]), matrix.dtype)
    parallel(lambda i: numpy.matmul(u[parts[i]], matrix[parts[i]], out=shares[i]), range(len(parts)))
    v = _unit(shares.sum(axis=0))
    projected, normalized = numpy.empty(len(matrix), matrix.dtype), numpy.empty(matrix.shape, matrix.dtype)
    parallel(lambda part: numpy.matmul(matrix[part], v, out=projected[part]), parts)
    u = _unit(projected)
    sigma = u @ projected
    parallel(lambda part: numpy.multiply(matrix[part], 1 / sigma, out=normalized[part]), parts)
    return normalized, u, v, sigma


def weight_gradient(g, normalized, u, v, sigma, impl: str | None = None):
    """Gradient of W from the gradient ``g`` of ``W / sigma``, all of shape (out, n), with u and v constant.

    ``(g - <g, W / sigma> u v^T) / sigma`` (Miyato et al. 2018, equation 12).
    """
    if is_reference(impl, g):
        return (g - (g * normalized).sum() * u[:, None] * v) / sigma
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


def _unit(vector):
    xp = array_module(vector)
    return vector / (xp.sqrt(vector @ vector) + numpy.asarray(EPS, vector.dtype)[()])
