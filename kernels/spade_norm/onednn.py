"""SPADE's normalisation by oneDNN."""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new, new_like
from ..runtime.onednn import images
from ..runtime.passes import Passes


def modulate(x: Array, gamma: Array, beta: Array, noise_weight: Array | None, noise: Array | None,
             statistics: Statistics | None, eps: float, slope: float | None) -> tuple[Array, Statistics]:
    """As ``spade_norm.modulate``."""
    x, gamma, beta = _alike(x, gamma, beta)
    h = _noisy(x, noise_weight, noise)
    normal = new_like(x) if h is x else h
    used = images.normalize(h, statistics, eps, normal)
    steps = [('add', _ones(x)), ('multiply', normal), ('add', beta)]
    y = new_like(x)
    return images.compute(y, gamma, *steps, *([] if slope is None else [('leaky_relu', slope)])), used


def gradients(x: Array, gamma: Array, y: Array, gy: Array, noise_weight: Array | None, noise: Array | None,
              statistics: Statistics, fixed: bool, eps: float,
              slope: float | None) -> tuple[Array, Array, Array, Array | None]:
    """As ``spade_norm.modulate_gradient``."""
    x, gamma, y, gy = _alike(x, gamma, y, gy)
    gx, ggamma, gbeta = (new_like(x) for _ in range(3))
    h = _noisy(x, noise_weight, noise)
    images.leaky_relu_gradient(y, gy, 1. if slope is None else slope, gbeta)
    inverse = statistics.inverse_deviation(eps)
    images.compute(ggamma, h, ('subtract', statistics.mean), ('multiply', inverse), ('multiply', gbeta))
    images.compute(gx, gamma, ('add', _ones(x)), ('multiply', gbeta))
    # oneDNN divides by the deviation, where a nearly constant channel is damped.
    images.normalize_gradient(h, gx, statistics, fixed, eps, gx, statistics.gain(eps, fixed) / inverse)
    return gx, ggamma, gbeta, None if noise is None else _sum_of_products(gx, noise)


def _alike(x, *others):
    """Without gaps, laid out as the first."""
    last = is_channels_last(x)
    return [dense(array, last) for array in (x, *others)]


def _ones(x):
    return numpy.ones(x.shape[1], x.dtype)


def _noisy(x, noise_weight, noise):
    """``x + noise_weight * noise``, ``x`` itself without noise."""
    if noise is None:
        return x
    if not is_channels_last(x):
        return x + noise_weight * noise
    weight, noise = (numpy.ascontiguousarray(array, x.dtype) for array in (noise_weight.reshape(-1), noise))
    return images.add_product(new(x, x.shape, True), x, noise, weight)


def _sum_of_products(gx, noise):
    """Sum of ``gx * noise`` of each channel, (1, C, 1, 1); ``noise`` is (N, 1, H, W)."""
    passes = Passes(gx)
    rows, pixels, sums = passes.rows(gx), passes.pixel_rows(noise), passes.sums(1)

    def run(block):
        sums[block.sums] = passes.pixel_dot(rows[block.rows], pixels, block)

    passes.run(run)
    return sums.sum(1)[:, :, None, None]
