"""Batch normalisation with leaky ReLU on a CPU: all passes over some channels while they are in the cache.

As ``batch_norm_act``, on all cores; a slope of 1 is none. Inside, images are rows: arrays are (N, C, pixels).
"""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.threads import parallel, portions, scratch

# Numbers a block: small enough for its passes to stay in the cache, large enough that threads seldom wait for
# the interpreter.
BLOCK_SIZE = 1 << 18


def forward(x: Array, gamma: Array, beta: Array, statistics: Statistics | None, eps: float,
            slope: float) -> tuple[Array, Statistics]:
    """``y`` and its statistics, those of the batch where ``statistics`` is None."""
    y = numpy.empty(x.shape, x.dtype)
    own = statistics is None
    mean, var = statistics or (numpy.empty(x.shape[1], x.dtype) for _ in range(2))
    rows, target = _rows(x), _rows(y)

    def run(block):
        here = slice(*block)
        source, out = rows[:, here], target[:, here]
        if own:
            mean[here] = _mean(source)
        h = _centered(source, mean[here])
        if own:
            var[here] = _mean(h, h)
        h *= _column(gamma[here] / numpy.sqrt(var[here] + eps), h)
        if slope == 1:
            numpy.add(h, _column(beta[here], h), out=out)
            return
        h += _column(beta[here], h)
        numpy.multiply(h, h.dtype.type(slope), out=out)
        numpy.maximum(h, out, out=out)

    parallel(run, portions(x.shape[1], x.size, BLOCK_SIZE))
    return y, Statistics(mean, var)


def gradient(x: Array, gamma: Array, y: Array, gy: Array, statistics: Statistics, fixed: bool, eps: float,
             slope: float) -> tuple[Array, Array, Array]:
    """As ``batch_norm_act.batch_norm_act_gradient``."""
    gx, ggamma, gbeta = numpy.empty(x.shape, x.dtype), numpy.empty_like(gamma), numpy.empty_like(gamma)
    rows, outs, gys, target = map(_rows, (x, y, gy, gx))
    mean, inverse = statistics.mean, statistics.inverse_deviation(eps)
    count = x.size // x.shape[1]

    def run(block):
        here = slice(*block)
        h, scale = _centered(rows[:, here], mean[here]), gamma[here] * inverse[here]
        g = _masked(gys[:, here], outs[:, here], slope, target[:, here])
        total, along = count * _mean(g), count * _mean(g, h) * inverse[here]
        gbeta[here], ggamma[here] = total, along
        g *= _column(scale, g)
        if not fixed:
            h *= _column(scale * inverse[here] * along / count, h)
            h += _column(scale * total / count, h)
            g -= h

    parallel(run, portions(x.shape[1], x.size, BLOCK_SIZE))
    return gx, ggamma, gbeta


def double_gradient(x: Array, gamma: Array, y: Array, gy: Array, ggx: Array, gggamma: Array | None,
                    ggbeta: Array | None, statistics: Statistics, fixed: bool, eps: float,
                    slope: float) -> tuple[Array, Array, Array]:
    """As ``batch_norm_act.batch_norm_act_double_gradient``, whose equations are gathered by what is summed up."""
    gx, ggy, ggamma = numpy.empty(x.shape, x.dtype), numpy.empty(x.shape, x.dtype), numpy.empty_like(gamma)
    rows, outs, gys, ggxs, to_x, to_gy = map(_rows, (x, y, gy, ggx, gx, ggy))
    p, q = (numpy.zeros_like(gamma) if vector is None else vector for vector in (gggamma, ggbeta))
    mean, inverse = statistics.mean, statistics.inverse_deviation(eps)
    count = x.size // x.shape[1]

    def run(block):
        here = slice(*block)
        k, a = inverse[here], ggxs[:, here]
        scale = gamma[here] * k
        normal = _centered(rows[:, here], mean[here])
        normal *= _column(k, normal)
        g = _masked(gys[:, here], outs[:, here], slope, to_x[:, here])
        along = _mean(a, g)
        e_g, e_gn, e_a, e_an = numpy.zeros((4, len(k))) if fixed else (
            _mean(g), _mean(g, normal), _mean(a), _mean(a, normal))
        common = along - e_a * e_g - e_an * e_gn
        ggamma[here] = count * k * common
        of_g = p[here] - scale * e_an
        ggy = _combined(to_gy[:, here], (scale, a), (of_g, normal), shift=q[here] - scale * e_a)
        _masked(ggy, outs[:, here], slope, ggy)
        if fixed:
            g *= _column(k * of_g, g)
            return
        along_t = p[here] * e_gn - 2 * scale * e_an * e_gn
        mean_t = p[here] * e_g - scale * (e_a * e_gn + e_g * e_an)
        _combined(g, (k * of_g, g), (-scale * k * e_gn, a), (-k * (along_t + scale * common), normal),
                  shift=-k * mean_t)

    parallel(run, portions(x.shape[1], x.size, BLOCK_SIZE))
    return gx, ggamma, ggy


def _rows(array):
    return numpy.ascontiguousarray(array).reshape(*array.shape[:2], -1)


def _column(vector, rows):
    return vector[:, None].astype(rows.dtype, copy=False)


def _mean(a, b=None) -> numpy.ndarray:
    """Mean of ``a``, or of ``a * b``, of each channel, (C,); BLAS is thrice as fast as NumPy's own sum."""
    sums = (a @ numpy.ones(a.shape[2], a.dtype) if b is None else
            numpy.matmul(a[:, :, None], b[..., None])[..., 0, 0])
    return sums.sum(0) / (a.shape[0] * a.shape[2])


def _centered(rows, mean):
    """``rows - mean`` in scratch memory."""
    return numpy.subtract(rows, _column(mean, rows), out=scratch('centered', rows.shape, rows.dtype))


def _masked(gy, y, slope, out):
    """``gy`` where ``y`` is positive, else ``slope * gy``."""
    if slope == 1:
        numpy.copyto(out, gy)
        return out
    factor = scratch('factor', y.shape, y.dtype)
    numpy.greater(y, 0, out=factor, casting='unsafe')
    factor *= factor.dtype.type(1 - slope)
    factor += factor.dtype.type(slope)
    return numpy.multiply(gy, factor, out=out)


def _combined(out, *terms, shift):
    """Sum of ``coefficient * rows`` over the terms, and ``shift``; ``out`` may be the first term's rows."""
    for i, (coefficient, rows) in enumerate(terms):
        if i:
            out += numpy.multiply(rows, _column(coefficient, rows), out=scratch('term', rows.shape, rows.dtype))
        else:
            numpy.multiply(rows, _column(coefficient, rows), out=out)
    out += _column(shift, out)
    return out
