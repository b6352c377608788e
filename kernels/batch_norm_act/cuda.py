"""Launches of batch_norm_act.cu."""
import numpy

from ..runtime.across import Statistics
from ..runtime.arrays import Array
from ..runtime.channels import Channels
from ..runtime.images import check_running, single

FILE = 'batch_norm_act'


def forward(x: Array, gamma: Array, beta: Array, running: Statistics, fixed: bool, eps: float, decay: float,
            slope: float, out: Array) -> Statistics:
    """Write ``y`` to ``out``; return its statistics."""
    channels = Channels(FILE, out)
    x, statistics = channels.arranged(x), Statistics(*channels.vectors(2))
    check_running(FILE, running)
    partial = None if fixed else channels.partial(2)
    if not fixed:
        channels.launch('batch_norm_sums', x, partial)
    channels.launch('batch_norm', x, single(gamma), single(beta), *running, partial, out, *statistics,
                    *map(numpy.float32, (eps, decay, slope)))
    return statistics


def gradient(x: Array, gamma: Array, y: Array, gy: Array, statistics: Statistics, fixed: bool, eps: float,
             slope: float, out: Array) -> tuple[Array, Array]:
    """Write the gradient by x to ``out``; return those by gamma and beta."""
    channels, statistics = Channels(FILE, out), list(map(single, statistics))
    eps, slope = numpy.float32(eps), numpy.float32(slope)
    x, y, gy = map(channels.arranged, (x, y, gy))
    (ggamma, gbeta), partial = channels.vectors(2), channels.partial(2)
    channels.launch('batch_norm_gradient_sums', x, y, gy, *statistics, partial, eps, slope)
    channels.launch('batch_norm_gradient', x, y, gy, single(gamma), *statistics, partial, out, ggamma, gbeta, eps,
                    slope, numpy.int32(fixed))
    return ggamma.astype(gamma.dtype, copy=False), gbeta.astype(gamma.dtype, copy=False)


def double_gradient(x: Array, gamma: Array, y: Array, gy: Array, ggx: Array, gggamma: Array | None,
                    ggbeta: Array | None, statistics: Statistics, fixed: bool, eps: float,
                    slope: float) -> tuple[Array, Array, Array]:
    """As ``batch_norm_act.batch_norm_act_double_gradient``."""
    channels, statistics = Channels(FILE, x), list(map(single, statistics))
    eps, slope = numpy.float32(eps), numpy.float32(slope)
    x, y, gy, ggx = map(channels.arranged, (x, y, gy, ggx))
    gx, ggy, (ggamma,), partial = channels.empty(), channels.empty(), channels.vectors(1), channels.partial(5)
    channels.launch('batch_norm_double_gradient_sums', x, y, gy, ggx, *statistics, partial, eps, slope)
    channels.launch('batch_norm_double_gradient', x, y, gy, ggx, single(gggamma), single(ggbeta), single(gamma),
                    *statistics, partial, gx, ggy, ggamma, eps, slope, numpy.int32(fixed))
    return gx, ggamma.astype(gamma.dtype, copy=False), ggy
