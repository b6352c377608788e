"""The small matrix that resizes one axis."""
import functools

import numpy

MODES = ('bilinear', 'nearest', 'area')


def check_mode(mode: str) -> None:
    """Refuse a mode that does not exist."""
    if mode not in MODES:
        raise ValueError(f'mode is {mode!r}; it may be one of {", ".join(MODES)}')


@functools.lru_cache(maxsize=256)
def matrix(n: int, m: int, how: tuple[str, bool], transposed: bool, dtype: numpy.dtype) -> numpy.ndarray:
    """The matrix (m, n) that resizes n samples to m, ``how`` being mode and align_corners; or its transpose."""
    values = _values(n, m, *how)
    return numpy.ascontiguousarray(values.T if transposed else values, dtype)


def _values(n: int, m: int, mode: str, align_corners: bool) -> numpy.ndarray:
    """The matrix in double precision."""
    check_mode(mode)
    out = numpy.arange(m)
    matrix = numpy.zeros((m, n))
    if mode == 'nearest':
        matrix[out, out * n // m] = 1
    elif mode == 'area':
        # Edge i of the outputs leaves the share ``covered[i, j]`` of input j behind it.
        covered = numpy.clip(numpy.arange(m + 1)[:, None] * (n / m) - numpy.arange(n), 0, 1)
        matrix[:] = numpy.diff(covered, axis=0) * (m / n)
    else:
        at = out * ((n - 1) / max(m - 1, 1)) if align_corners else (out + 0.5) * (n / m) - 0.5
        at = numpy.clip(at, 0, n - 1)
        low = numpy.floor(at).astype(int)
        matrix[out, low] += 1 - (at - low)
        matrix[out, numpy.minimum(low + 1, n - 1)] += at - low
    return matrix
