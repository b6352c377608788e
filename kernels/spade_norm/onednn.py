"""SPADE's normalisation by oneDNN."""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new_like
from ..runtime.onednn import images
from ..runtime.passes import Passes


def modulate(x: Array, gamma: Array, beta: Array, noise_weight: Array | None, noise: Array | None,
             statistics: Statistics | None, eps: float, slope: float | None) -> tuple[Array, Statistics]:
    """As ``spade_norm.modulate``."""
    x, gamma, beta = _alike(x, gamma, beta)
    normal, used = _normalized(x, noise_weight, noise, statistics, eps)
    # 1 + gamma by adding the product: a pass with an operand of one number a channel takes longer.
    steps = [('multiply', normal), ('add', normal), ('add', beta)]
    return images.compute(new_like(x), gamma, *steps, *([] if slope is None else [('leaky_relu', slope)])), used


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
    images.compute(gx, gamma, ('multiply', gbeta), ('add', gbeta))
    # oneDNN divides by the deviation, where a nearly constant channel is damped.
    images.normalize_gradient(h, gx, statistics, fixed, eps, gx, statistics.gain(eps, fixed) / inverse)
    return gx, ggamma, gbeta, None if noise is None else _sum_of_products(gx, noise)


def _alike(x, *others):
    """Without gaps, laid out as the first."""
    last = is_channels_last(x)
    return [dense(array, last) for array in (x, *others)]


def _normalized(x, noise_weight, noise, statistics, eps):
    """``(h - mean) / sqrt(variance + eps)``, h being x and its noise, and the statistics: of h if none are given."""
    if noise is not None and statistics is not None and is_channels_last(x):
        centred = ('subtract', statistics.mean), ('multiply', statistics.inverse_deviation(eps))
        return _noisy(x, noise_weight, noise, *centred), statistics
    h = _noisy(x, noise_weight, noise)
    normal = new_like(x) if h is x else h
    return normal, images.normalize(h, statistics, eps, normal)


def _noisy(x, noise_weight, noise, *steps):
    """``x + noise_weight * noise``, ``x`` itself without noise; channels-last ``steps`` change it further."""
    if noise is None:
        return x
    if not is_channels_last(x):
        return x + noise_weight * noise
    weight, noise = (numpy.ascontiguousarray(array, x.dtype) for array in (noise_weight.reshape(-1), noise))
    return images.add_product(new_like(x), x, noise, weight, *steps)


def _sum_of_products(gx, noise):
    """Sum of ``gx * noise`` of each channel, (1, C, 1, 1); ``noise`` is (N, 1, H, W)."""
    passes = Passes(gx)
    rows, pixels, sums = passes.rows(gx), passes.pixel_rows(noise), passes.sums(1)

    def run(block):
        sums[block.sums] = passes.pixel_dot(rows[block.rows], pixels, block)

    passes.run(run)
    return sums.sum(1)[:, :, None, None]
