"""SPADE's normalisation on a CPU: all passes over some channels while they are in the cache, on all cores.

Inside, images are rows: arrays are (B, C, pixels).
"""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.threads import parallel, portions, scratch

# Numbers a block: small enough for its passes to stay in the cache, large enough that threads seldom wait for
# the interpreter.
BLOCK_SIZE = 1 << 18


def modulate(x: Array, gamma: Array, beta: Array, noise_weight: Array | None, noise: Array | None,
             statistics: Statistics | None, eps: float, slope: float | None) -> tuple[Array, Statistics]:
    """As ``spade_norm.modulate``."""
    y = numpy.empty(x.shape, x.dtype)
    own = statistics is None
    mean, var = statistics or (numpy.empty(x.shape[1], x.dtype) for _ in range(2))
    target, (flat, gamma, beta, noise) = _rows(y), map(_rows, (x, gamma, beta, noise))

    def run(block):
        here = numpy.s_[:, block[0]:block[1]]
        h = _noisy(flat[here], noise_weight, noise, here, 'h')
        if own:
            mean[here[1]] = _sum(h) / (h.size / h.shape[1])
        h -= _column(mean, here, h.dtype)
        if own:
            var[here[1]] = _dot(h, h) / (h.size / h.shape[1])
        h *= _inverse_deviation(var, here, eps, h.dtype)
        scale = numpy.multiply(h, gamma[here], out=scratch('scale', h.shape, h.dtype))
        h += scale
        out = target[here]
        numpy.add(h, beta[here], out=out)
        if slope is not None:
            # This keeps the sign of zeros, from which the gradient learns which side was taken.
            numpy.multiply(out, h.dtype.type(slope), out=scale)
            (numpy.maximum if slope < 1 else numpy.minimum)(out, scale, out=out)

    parallel(run, _blocks(x))
    return y, Statistics(mean, var)


def gradients(x: Array, gamma: Array, y: Array, gy: Array, noise_weight: Array | None, noise: Array | None,
              statistics: Statistics, fixed: bool, eps: float,
              slope: float | None) -> tuple[Array, Array, Array, Array | None]:
    """As ``spade_norm.modulate_gradient``."""
    results = gx, ggamma, gbeta = [numpy.empty(x.shape, x.dtype) for _ in range(3)]
    gnoise_weight = None if noise is None else numpy.empty((1, x.shape[1], 1, 1), x.dtype)
    targets = list(map(_rows, results))
    flat, gamma, y, gy, noise = map(_rows, (x, gamma, y, gy, noise))
    mean, var = statistics

    def run(block):
        here = numpy.s_[:, block[0]:block[1]]
        gx, ggamma, gbeta = (target[here] for target in targets)
        normal = _noisy(flat[here], noise_weight, noise, here, 'h')
        normal -= _column(mean, here, normal.dtype)
        inverse = _inverse_deviation(var, here, eps, normal.dtype)
        normal *= inverse
        _activation_gradient(y[here], gy[here], slope, gbeta)
        numpy.multiply(gbeta, normal, out=ggamma)
        numpy.multiply(gbeta, gamma[here], out=gx)
        gx += gbeta
        if not fixed:
            count = gx.size / gx.shape[1]
            shift = _sum(gx) / count
            normal *= (_dot(gx, normal) / count)[:, None]
            gx -= normal
            gx -= shift[:, None]
        gx *= inverse
        if noise is not None:
            gnoise_weight[0, here[1], 0, 0] = _dot(gx, noise)

    parallel(run, _blocks(x))
    return gx, ggamma, gbeta, gnoise_weight


def _blocks(x) -> list[tuple[int, int]]:
    """Ranges of channels."""
    return portions(x.shape[1], x.size, BLOCK_SIZE)


def _rows(array):
    """(B, C, H, W) as (B, C, pixels); None stays None."""
    return None if array is None else array.reshape(*array.shape[:2], -1)


def _noisy(x, noise_weight, noise, here, name) -> numpy.ndarray:
    """``x + noise_weight * noise`` in scratch memory."""
    h = scratch(name, x.shape, x.dtype)
    if noise is None:
        numpy.copyto(h, x)
    else:
        numpy.multiply(noise, noise_weight[:, here[1], 0], out=h)
        h += x
    return h


def _sum(a) -> numpy.ndarray:
    """Sum of each channel, (C,); BLAS is thrice as fast as NumPy's own sum."""
    return (a @ numpy.ones(a.shape[2], a.dtype)).sum(0)


def _dot(a, b) -> numpy.ndarray:
    """Sum of ``a * b`` of each channel, (C,)."""
    return numpy.matmul(a[:, :, None], b[..., None])[..., 0, 0].sum(0)


def _column(values, here, dtype):
    return values[here[1], None].astype(dtype, copy=False)


def _inverse_deviation(var, here, eps, dtype):
    return (1 / numpy.sqrt(var[here[1], None] + eps)).astype(dtype, copy=False)


def _activation_gradient(y, gy, slope, out) -> None:
    """``slope * gy`` where ``y`` has a minus sign, else ``gy``.

    ``numpy.where`` takes fifteen times as long: the sign bit of y is spread over all bits and picks from
    those of ``1 - slope``, which gives the share of gy to take away.
    """
    if slope is None:
        numpy.copyto(out, gy)
        return
    integer = numpy.dtype(f'i{y.itemsize}')
    share = scratch('scale', y.shape, y.dtype)
    bits = numpy.right_shift(y.view(integer), 8 * y.itemsize - 1, out=share.view(integer))
    bits &= y.dtype.type(1 - slope).view(integer)
    share *= gy
    numpy.subtract(gy, share, out=out)
