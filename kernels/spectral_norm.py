"""Spectral normalisation: largest singular value of a weight by power iteration (Miyato et al. 2018).

``sigma = u^T W v`` with ``v = W^T u / |W^T u|`` and ``u = W v / |W v|``, one iteration a call (algorithm 1).
"""
import numpy

from ._arrays import array_module

EPS = 1e-6


def power_iteration(matrix, u) -> tuple:
    """One power iteration on ``matrix`` of shape (out, n) from ``u`` of shape (out,).

    Returns the new ``u`` (out,), ``v`` (n,) and ``sigma``, a zero-dimensional array on the same device.
    """
    v = _normalized(u @ matrix)
    projected = matrix @ v
    u = _normalized(projected)
    return u, v, u @ projected


def weight_gradient(g, normalized, u, v, sigma):
    """Gradient of W from the gradient ``g`` of ``W / sigma``, all of shape (out, n), with u and v constant.

    ``(g - <g, W / sigma> u v^T) / sigma`` (Miyato et al. 2018, equation 12).
    """
    inner = g.ravel() @ normalized.ravel()
    gradient = (u * (-inner / sigma))[:, None] * v
    gradient += g / sigma
    return gradient


def _normalized(vector):
    xp = array_module(vector)
    return vector / (xp.sqrt(vector @ vector) + numpy.asarray(EPS, vector.dtype)[()])
