"""SPADE's normalisation on a CPU: all passes over a block while it is in the cache, on all cores."""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.passes import Block, Moments, Passes, Spread
from ..runtime.threads import scratch


class _Noisy:
    """``x + noise_weight * noise``, block by block, in scratch memory."""

    def __init__(self, passes: Passes, x, noise_weight, noise):
        self.passes, self.x, self.noise = passes, passes.rows(x), None
        if noise is not None:
            self.weight = noise_weight.reshape(-1).astype(x.dtype, copy=False)
            self.noise = passes.pixel_rows(noise)

    def __call__(self, block: Block) -> numpy.ndarray:
        x = self.x[block.rows]
        h = scratch('h', x.shape, x.dtype)
        if self.noise is None:
            numpy.copyto(h, x)
        else:
            self.passes.outer(self.weight, self.noise, block, h)
            h += x
        return h


def modulate(x: Array, gamma: Array, beta: Array, noise_weight: Array | None, noise: Array | None,
             statistics: Statistics | None, eps: float, slope: float | None) -> tuple[Array, Statistics]:
    """As ``spade_norm.modulate``."""
    passes = Passes(x)
    y, noisy, moments = passes.empty(), _Noisy(passes, x, noise_weight, noise), Moments(passes)
    used = moments.statistics if statistics is None else statistics
    target, gammas, betas = map(passes.rows, (y, gamma, beta))
    shift, inverse = Spread(passes), Spread(passes)

    def settle(channels):
        if statistics is None:
            moments.merge(channels)
        shift[channels] = used.mean[channels]
        inverse[channels] = 1 / numpy.sqrt(used.variance[channels] + eps)

    def finish(block):
        h = noisy(block)
        h -= shift[block.channels]
        h *= inverse[block.channels]
        scale = numpy.multiply(h, gammas[block.rows], out=scratch('scale', h.shape, h.dtype))
        h += scale
        out = target[block.rows]
        numpy.add(h, betas[block.rows], out=out)
        if slope is not None:
            # This keeps the sign of zeros, from which the gradient learns which side was taken.
            numpy.multiply(out, h.dtype.type(slope), out=scale)
            (numpy.maximum if slope < 1 else numpy.minimum)(out, scale, out=out)

    if statistics is None:
        passes.run_in_turn(lambda block: moments.measure(block, noisy(block)), settle, finish)
    else:
        settle(slice(None))
        passes.run(finish)
    return y, used


def gradients(x: Array, gamma: Array, y: Array, gy: Array, noise_weight: Array | None, noise: Array | None,
              statistics: Statistics, fixed: bool, eps: float,
              slope: float | None) -> tuple[Array, Array, Array, Array | None]:
    """As ``spade_norm.modulate_gradient``."""
    passes = Passes(x)
    noisy, results = _Noisy(passes, x, noise_weight, noise), [passes.empty() for _ in range(3)]
    targets, (gammas, outs, gys) = list(map(passes.rows, results)), map(passes.rows, (gamma, y, gy))
    sums, of_noise = passes.sums(2), passes.sums(1)
    deviation = numpy.sqrt(statistics.variance + eps)
    shift, inverse, gain = map(passes.spread, (statistics.mean, 1 / deviation, statistics.gain(eps, fixed)))
    common, along = Spread(passes), Spread(passes)

    def of_modulation(block):
        gx, ggamma, gbeta = (target[block.rows] for target in targets)
        h = noisy(block)
        h -= shift[block.channels]
        h *= inverse[block.channels]
        _activation_gradient(outs[block.rows], gys[block.rows], slope, gbeta)
        numpy.multiply(gbeta, h, out=ggamma)
        numpy.multiply(gbeta, gammas[block.rows], out=gx)
        gx += gbeta
        if not fixed:
            sums[block.sums] = passes.sum(gx), passes.dot(gx, h)

    def settle(channels):
        common[channels], of_normal = sums[..., channels].sum(1) / passes.pixels
        along[channels] = of_normal / deviation[channels]

    def of_image(block):
        gx = targets[0][block.rows]
        if not fixed:
            h = noisy(block)
            h -= shift[block.channels]
            h *= along[block.channels]
            gx -= h
            gx -= common[block.channels]
        gx *= gain[block.channels]
        if noise is not None:
            of_noise[block.sums] = passes.pixel_dot(gx, noisy.noise, block)

    passes.run_in_turn(of_modulation, settle if not fixed else lambda channels: None, of_image)
    gx, ggamma, gbeta = results
    return gx, ggamma, gbeta, None if noise is None else of_noise.sum(1)[:, :, None, None]


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
