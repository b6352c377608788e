"""Batch normalisation with leaky ReLU on a CPU: all passes over a block while it is in the cache, on all cores.

As ``batch_norm_act``; a slope of 1 is none. ``out`` takes the image that results, and says how all lie.
"""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.passes import Moments, Passes, Spread
from ..runtime.threads import scratch


def forward(x: Array, gamma: Array, beta: Array, statistics: Statistics | None, eps: float,
            slope: float, out: Array) -> Statistics:
    """Write ``y``; return its statistics, those of the batch where ``statistics`` is None."""
    passes = Passes(out)
    moments, rows, target = Moments(passes), passes.rows(x), passes.rows(out)
    used = moments.statistics if statistics is None else statistics
    shift, scale, bias = (Spread(passes) for _ in range(3))

    def settle(channels):
        if statistics is None:
            moments.merge(channels)
        shift[channels], bias[channels] = used.mean[channels], beta[channels]
        scale[channels] = gamma[channels] / numpy.sqrt(used.variance[channels] + eps)

    def finish(block):
        here, y = block.channels, target[block.rows]
        h = _centered(rows[block.rows], shift[here])
        h *= scale[here]
        if slope == 1:
            numpy.add(h, bias[here], out=y)
            return
        h += bias[here]
        numpy.multiply(h, h.dtype.type(slope), out=y)
        numpy.maximum(h, y, out=y)

    if statistics is None:
        passes.run_in_turn(lambda block: moments.measure(block, rows[block.rows]), settle, finish)
    else:
        settle(slice(None))
        passes.run(finish)
    return used


def gradient(x: Array, gamma: Array, y: Array, gy: Array, statistics: Statistics, fixed: bool, eps: float,
             slope: float, out: Array) -> tuple[Array, Array]:
    """Write the gradient by x; return those by gamma and beta."""
    passes = Passes(out)
    sums = passes.sums(2)
    rows, outs, gys, target = map(passes.rows, (x, y, gy, out))
    inverse, gain = statistics.inverse_deviation(eps), statistics.gain(eps, fixed)
    shift, scale = map(passes.spread, (statistics.mean, gamma * gain))
    common, along = Spread(passes), Spread(passes)

    def sum_up(block):
        h = _centered(rows[block.rows], shift[block.channels])
        g = _masked(gys[block.rows], outs[block.rows], slope, target[block.rows])
        sums[block.sums] = passes.sum(g), passes.dot(g, h)
        g *= scale[block.channels]

    def settle(channels):
        share = gamma[channels] * gain[channels] / passes.pixels
        of_shift, of_scale = sums[..., channels].sum(1)
        common[channels], along[channels] = share * of_shift, share * inverse[channels] ** 2 * of_scale

    def finish(block):
        h, g = _centered(rows[block.rows], shift[block.channels]), target[block.rows]
        h *= along[block.channels]
        h += common[block.channels]
        g -= h

    if fixed:
        passes.run(sum_up)
    else:
        passes.run_in_turn(sum_up, settle, finish)
    gbeta, ggamma = sums.sum(1)
    return (ggamma * inverse).astype(gamma.dtype, copy=False), gbeta.astype(gamma.dtype, copy=False)


def double_gradient(x: Array, gamma: Array, y: Array, gy: Array, ggx: Array, gggamma: Array | None,
                    ggbeta: Array | None, statistics: Statistics, fixed: bool, eps: float,
                    slope: float) -> tuple[Array, Array, Array]:
    """As ``batch_norm_act.batch_norm_act_double_gradient``, whose equations are gathered by what is summed up."""
    passes = Passes(x)
    gx, ggy, ggamma, sums = passes.empty(), passes.empty(), numpy.empty_like(gamma), passes.sums(5)
    rows, outs, gys, ggxs, to_x, to_gy = map(passes.rows, (x, y, gy, ggx, gx, ggy))
    of_gamma, of_beta = (numpy.zeros_like(gamma) if vector is None else vector for vector in (gggamma, ggbeta))
    k = statistics.gain(eps, fixed)
    shift, inverse = map(passes.spread, (statistics.mean, statistics.inverse_deviation(eps)))
    # Coefficients of a and normal, and what is added, in ggy; those of g, a and normal, and what is added, in gx.
    in_gy, in_x = [Spread(passes) for _ in range(3)], [Spread(passes) for _ in range(4)]

    def normal(block):
        h = _centered(rows[block.rows], shift[block.channels])
        h *= inverse[block.channels]
        return h

    def sum_up(block):
        h, a = normal(block), ggxs[block.rows]
        g = _masked(gys[block.rows], outs[block.rows], slope, to_x[block.rows])
        pairs = passes.dot(a, g), passes.dot(g, h), passes.dot(a, h)
        sums[block.sums] = *pairs, passes.sum(g), passes.sum(a)

    def settle(channels):
        means = sums[..., channels].sum(1) / passes.pixels
        vectors = (vector[channels] for vector in (gamma, k, of_gamma, of_beta))
        share, for_gy, for_x = _coefficients(means, *vectors, fixed)
        ggamma[channels] = passes.pixels * share
        for vector, values in zip(in_gy + in_x, for_gy + for_x):
            vector[channels] = values

    def finish(block):
        h, a, g, out = normal(block), ggxs[block.rows], to_x[block.rows], to_gy[block.rows]
        _combine(out, (a, h), [vector[block.channels] for vector in in_gy])
        _masked(out, outs[block.rows], slope, out)
        _combine(g, (g, a, h), [vector[block.channels] for vector in in_x])

    passes.run_in_turn(sum_up, settle, finish)
    return gx, ggamma, ggy


def _coefficients(means, gamma, k, of_gamma, of_beta, fixed) -> tuple:
    """What a pixel has in ggamma, and what the numbers of a pixel are multiplied by in ggy and in gx.

    ``means`` are E[a g], E[g normal], E[a normal], E[g] and E[a].
    """
    scale = gamma * k
    a_g, g_n, a_n, g, a = means
    if fixed:
        return k * a_g, (scale, of_gamma, of_beta), (k * of_gamma, *numpy.zeros((3, len(k))))
    common = a_g - a * g - a_n * g_n
    along = of_gamma * g_n - 2 * scale * a_n * g_n
    mean = of_gamma * g - scale * (a * g_n + g * a_n)
    of_g = of_gamma - scale * a_n
    return k * common, (scale, of_g, of_beta - scale * a), (
        k * of_g, -scale * k * g_n, -k * (along + scale * common), -k * mean)


def _centered(rows, mean):
    """``rows - mean`` in scratch memory."""
    return numpy.subtract(rows, mean, out=scratch('centered', rows.shape, rows.dtype))


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


def _combine(out, rows: tuple, coefficients: list) -> None:
    """Write the sum of ``coefficient * rows``, and the last coefficient; ``out`` may be the first of the rows."""
    *factors, shift = coefficients
    for i, (numbers, factor) in enumerate(zip(rows, factors)):
        if i:
            out += numpy.multiply(numbers, factor, out=scratch('term', out.shape, out.dtype))
        else:
            numpy.multiply(numbers, factor, out=out)
    out += shift
