"""Spectral normalisation: a weight divided by its largest singular value (Miyato et al. 2018, arXiv:1802.05957).

``sigma = u^T W v`` with ``v = W^T u / |W^T u|`` and ``u = W v / |W v|``, one power iteration a call (algorithm 1).
"""
from collections.abc import Sequence

import numpy

from .. import recording
from ..matmul import matmul
from ..runtime.arrays import Array, check_same
from ..runtime.dispatch import implementation
from ..runtime.threads import parallel
from . import cpu, cuda
from .unit import unit


def normalize(matrix: Array, u: Array, impl: str | None = None) -> tuple[Array, Array, Array, Array]:
    """One power iteration on ``matrix`` of shape (out, n) from ``u`` of shape (out,).

    Returns ``matrix / sigma``, the new ``u`` (out,), ``v`` (n,) and ``sigma``, a zero-dimensional array. On a GPU the
    last three are float32 whatever the type of ``matrix``. ValueError where shapes do not fit.
    """
    _check(matrix, u)
    way = implementation(impl, matrix)
    if way == 'cuda':
        return cuda.normalize(matrix, u)
    if way == 'reference':
        # u keeps single precision where the weight is stored in half.
        wide = matrix.astype(numpy.promote_types(matrix.dtype, u.dtype), copy=False)
        v = unit(matmul(u.astype(wide.dtype, copy=False)[None], wide)[0])
        projected = matmul(wide, v[:, None])[:, 0]
        u = unit(projected)
        sigma = (u * projected).sum()
        return (wide / sigma).astype(matrix.dtype, copy=False), u, v, sigma
    normalized = numpy.empty(matrix.shape, matrix.dtype)
    return normalized, *cpu.normalize(matrix, u, normalized)


class Layers:
    """Weights that are normalised together: on a GPU in four launches, however many there are."""

    def __init__(self):
        self._table = None

    def normalize(self, matrices: list, us: list, update: bool = False, impl: str | None = None) -> list[tuple]:
        """What ``normalize`` returns, for each matrix and its ``u``; with ``update`` every ``u`` becomes the new one.

        All of one type and contiguous, each ``u`` float32. Where they lie is written to the device at the first call,
        and again only if that has changed; so a later call can be captured in a CUDA graph.
        """
        for matrix, u in zip(matrices, us, strict=True):
            _check(matrix, u)
        way = implementation(impl, matrices[0]) if matrices else 'reference'
        if way != 'cuda':
            found = _side_by_side(matrices, us) if way == 'cpu' else [
                normalize(matrix, u, impl) for matrix, u in zip(matrices, us)]
            for u, (_, following, _, _) in zip(us, found if update else []):
                u[...] = following
            return found
        for array in (*matrices, *us):
            if not array.flags.c_contiguous or array.dtype != (matrices[0].dtype if array.ndim == 2 else numpy.float32):
                raise ValueError(f'{array.dtype}{array.shape} is not contiguous, or of another type: all matrices have '
                                 f'to be {matrices[0].dtype}, and every u float32')
        if self._table is None or self._table.key != self._table.key_of(matrices, us):
            self._table = cuda.Table(matrices, us)
        return cuda.normalize_all(self._table, matrices[0].dtype, update)


def _side_by_side(matrices, us):
    """As ``normalize``, on all cores: a call that would split its weight over threads computes in one."""
    order, normalized = _largest_first(matrices), [numpy.empty(matrix.shape, matrix.dtype) for matrix in matrices]
    found = dict(zip(order, recording.collected(lambda i: cpu.normalize(matrices[i], us[i], normalized[i]), order,
                                                parallel)))
    return [(array, *found[number]) for number, array in enumerate(normalized)]


def _largest_first(weights):
    return sorted(range(len(weights)), key=lambda number: weights[number].size, reverse=True)


def weight_gradient(g: Array, normalized: Array, u: Array, v: Array, sigma: Array, impl: str | None = None) -> Array:
    """Gradient of W from the gradient ``g`` of ``W / sigma``, all of shape (out, n), with u and v constant.

    ``(g - <g, W / sigma> u v^T) / sigma`` (Miyato et al. 2018, equation 12). ValueError where shapes do not fit.
    """
    _check(g, u)
    check_same('weight_gradient', g=g, normalized=normalized)
    if v.shape != g.shape[1:]:
        raise ValueError(f'a weight {g.shape} and v {v.shape}; v has to be {g.shape[1:]}')
    way = implementation(impl, g)
    if way == 'cuda':
        return cuda.weight_gradient(g, normalized, u, v, sigma)
    if way == 'reference':
        wide = g.astype(numpy.promote_types(g.dtype, u.dtype), copy=False)
        return ((wide - (wide * normalized).sum() * u[:, None] * v) / sigma).astype(g.dtype, copy=False)
    gradient = numpy.empty(g.shape, g.dtype)
    cpu.weight_gradient(g, normalized, u, v, sigma, gradient)
    return gradient


def weight_gradients(cases: Sequence[tuple], impl: str | None = None) -> list[Array]:
    """What ``weight_gradient`` returns for the arguments of each case, at least one: on a CPU on all cores."""
    if implementation(impl, cases[0][0]) != 'cpu':
        return [weight_gradient(g, normalized, u, v, sigma, impl) for g, normalized, u, v, sigma in cases]
    gs = [g for g, *_ in cases]
    gradients = [numpy.empty(g.shape, g.dtype) for g in gs]

    def run(number):
        g, normalized, u, v, sigma = cases[number]
        cpu.weight_gradient(g, normalized, u, v, sigma, gradients[number])

    parallel(run, _largest_first(gs))
    return gradients


def _check(matrix, u):
    if matrix.ndim != 2 or not matrix.size or u.shape != matrix.shape[:1]:
        raise ValueError(f'a weight {matrix.shape} and u {u.shape}; they have to be (out, n) and (out,), none 0')
    if max(matrix.shape) >= 2 ** 31:
        raise ValueError(f'a weight {matrix.shape} has more rows or columns than can be counted')
