"""Batch normalisation with leaky ReLU by oneDNN. As ``batch_norm_act``; a slope of 1 is none.

``out`` takes the image that results, and says how all lie.
"""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new_like
from ..runtime.onednn import images


def forward(x: Array, gamma: Array, beta: Array, statistics: Statistics | None, eps: float,
            slope: float, out: Array) -> Statistics:
    """Write ``y``; return its statistics, those of the batch where ``statistics`` is None."""
    x, = _alike(out, x)
    used = images.normalize(x, statistics, eps, out, gamma, beta)
    if slope != 1:
        images.leaky_relu(out, slope, out)
    return used


def gradient(x: Array, gamma: Array, y: Array, gy: Array, statistics: Statistics, fixed: bool, eps: float,
             slope: float, out: Array) -> tuple[Array, Array]:
    """Write the gradient by x; return those by gamma and beta."""
    x, y, gy = _alike(out, x, y, gy)
    g = gy if slope == 1 else images.leaky_relu_gradient(y, gy, slope, out)
    return images.normalize_gradient(x, g, statistics, fixed, eps, out, gamma * _damping(statistics, fixed, eps))


def double_gradient(x: Array, gamma: Array, y: Array, gy: Array, ggx: Array, gggamma: Array | None,
                    ggbeta: Array | None, statistics: Statistics, fixed: bool, eps: float,
                    slope: float) -> tuple[Array, Array, Array]:
    """As ``batch_norm_act.batch_norm_act_double_gradient``, whose S, p, q, a and g are these.

    Let P(v) = k (v - E[v] - normal E[v normal]), which is what a backward pass makes of v, k being the gain; with fixed
    statistics, v k. It is linear, and E[a P(g)] = k S. So

        dL/dgy = act'(y) * (gamma P(a) + p normal + q),  dL/dgamma = count * E[g P(a)],
        dL/dx = (p - gamma k E[a normal]) P(g) - gamma k E[g normal] P(a) - gamma k E[g P(a)] normal

    and with fixed statistics dL/dx = p P(g).
    """
    x, y, gy, ggx = _alike(x, x, y, gy, ggx)
    g, of_a, ggy, normal = (new_like(x) for _ in range(4))
    ones, zero = numpy.ones_like(gamma), numpy.zeros_like(gamma)
    p, q = (zero if vector is None else vector for vector in (gggamma, ggbeta))
    k, damping = statistics.gain(eps, fixed), _damping(statistics, fixed, eps)
    count = x.dtype.type(x.size // x.shape[1])
    images.leaky_relu_gradient(y, gy, slope, g)
    # What comes in times normal is summed up on the way.
    a_normal, _ = images.normalize_gradient(x, ggx, statistics, fixed, eps, of_a, damping)
    # So are products of two images, one of which is normal already.
    product, _ = images.normalize_gradient(of_a, g, Statistics(zero, ones - ones.dtype.type(eps)), True, eps, ggy, ones)
    g_normal, _ = images.normalize_gradient(x, g, statistics, fixed, eps, g, damping)
    images.normalize(x, statistics, eps, normal)
    if fixed:
        gx = images.compute(g, g, ('multiply', p))
    else:
        gx = images.compute(new_like(x), normal, ('multiply', -gamma * k * product / count))
        images.compute(g, g, ('multiply', p - gamma * k * a_normal / count), ('add', gx))
        images.compute(gx, of_a, ('multiply', -gamma * k * g_normal / count), ('add', g))
    images.compute(normal, normal, ('multiply', p), ('add', q))
    images.compute(ggy, of_a, ('multiply', gamma), ('add', normal))
    return gx, product, images.leaky_relu_gradient(y, ggy, slope, ggy)


def _damping(statistics, fixed, eps):
    """What gradients by x are multiplied by, where oneDNN divides by the deviation."""
    return statistics.gain(eps, fixed) / statistics.inverse_deviation(eps)


def _alike(first, *arrays):
    """Without gaps, laid out as the first."""
    last = is_channels_last(first)
    return [dense(array, last) for array in arrays]
