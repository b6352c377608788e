"""Resizing images by any factor, as one small matrix an axis: rows, then columns.

Both directions gather: every output sample is a weighted sum of the inputs it reads, and the gradient is the
same with the matrices transposed.
"""
import functools

import numpy

from ._arrays import array_module

MODES = ('bilinear', 'nearest', 'area')


def resize(x, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False):
    """Resize ``x`` (..., H, W) to (..., *size), dtype kept.

    ``bilinear`` puts output sample i at ``(i + 0.5) * in / out - 0.5``, or with ``align_corners`` at
    ``i * (in - 1) / (out - 1)``; ``nearest`` reads sample ``floor(i * in / out)``; ``area`` is the mean over
    the covered area, made for shrinking.
    """
    return _apply(x, *_matrices(x.shape[-2:], size, mode, align_corners))


def resize_gradient(gy, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False):
    """Gradient of ``resize`` by its image of height and width ``size``, from ``gy`` (..., oh, ow)."""
    rows, columns = _matrices(size, gy.shape[-2:], mode, align_corners)
    return _apply(gy, rows.T, columns.T)


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist."""
    if mode not in MODES:
        raise ValueError(f'mode is {mode!r}; it may be one of {", ".join(MODES)}')


def _matrices(in_size, out_size, mode, align_corners):
    check_mode(mode)
    return [_matrix(n, m, mode, align_corners) for n, m in zip(in_size, out_size)]


@functools.lru_cache(maxsize=128)
def _matrix(n: int, m: int, mode: str, align_corners: bool) -> numpy.ndarray:
    """The (m, n) matrix that resizes n samples to m."""
    out = numpy.arange(m)
    matrix = numpy.zeros((m, n))
    if mode == 'nearest':
        matrix[out, out * n // m] = 1
    elif mode == 'area':
        edges = numpy.arange(m + 1)[:, None] * (n / m)
        covered = numpy.clip(edges - numpy.arange(n), 0, 1)
        matrix[:] = (covered[1:] - covered[:-1]) * (m / n)
    else:
        at = out * ((n - 1) / max(m - 1, 1)) if align_corners else (out + 0.5) * (n / m) - 0.5
        at = numpy.clip(at, 0, n - 1)
        low = numpy.floor(at).astype(int)
        matrix[out, low] += 1 - (at - low)
        matrix[out, numpy.minimum(low + 1, n - 1)] += at - low
    return matrix


def _apply(x, rows, columns):
    xp = array_module(x)
    rows, columns = xp.asarray(rows, x.dtype), xp.asarray(columns, x.dtype)
    return xp.matmul(xp.matmul(rows, x), columns.T)
