"""Launches of batch_norm_act.cu."""
import numpy

from ..runtime.channels import Channels, single

FILE = 'batch_norm_act'


def forward(x, gamma, beta, running, fixed, eps, decay, slope):
    """As ``batch_norm_act.batch_norm_act``."""
    channels = Channels.of(FILE, x)
    x, y, (mean, inverse) = channels.arranged(x), channels.empty(), channels.vectors(2)
    if any(average.dtype != numpy.float32 for average in running):
        raise TypeError(f'{FILE}: running averages are {running[0].dtype}; the CUDA kernel takes float32')
    partial = None if fixed else channels.partial(2)
    if not fixed:
        channels.launch('batch_norm_sums', x, partial)
    channels.launch('batch_norm', x, single(gamma), single(beta), *running, partial, y, mean, inverse,
                    *map(numpy.float32, (eps, decay, slope)))
    return y, (mean, inverse)


def gradient(x, gamma, y, gy, statistics, fixed, slope):
    """As ``batch_norm_act.batch_norm_act_gradient``."""
    channels, slope, statistics = Channels.of(FILE, x), numpy.float32(slope), list(map(single, statistics))
    x, y, gy = map(channels.arranged, (x, y, gy))
    gx, (ggamma, gbeta), partial = channels.empty(), channels.vectors(2), channels.partial(2)
    channels.launch('batch_norm_gradient_sums', x, y, gy, *statistics, partial, slope)
    channels.launch('batch_norm_gradient', x, y, gy, single(gamma), *statistics, partial, gx, ggamma, gbeta, slope,
                    numpy.int32(fixed))
    return gx, ggamma.astype(gamma.dtype, copy=False), gbeta.astype(gamma.dtype, copy=False)


def double_gradient(x, gamma, y, gy, statistics, ggx, gggamma, ggbeta, fixed, slope):
    """As ``batch_norm_act.batch_norm_act_double_gradient``."""
    channels, slope, statistics = Channels.of(FILE, x), numpy.float32(slope), list(map(single, statistics))
    x, y, gy, ggx = map(channels.arranged, (x, y, gy, ggx))
    gx, ggy, (ggamma,), partial = channels.empty(), channels.empty(), channels.vectors(1), channels.partial(5)
    channels.launch('batch_norm_double_gradient_sums', x, y, gy, ggx, *statistics, partial, slope)
    channels.launch('batch_norm_double_gradient', x, y, gy, ggx, single(gggamma), single(ggbeta), single(gamma),
                    *statistics, partial, gx, ggy, ggamma, slope, numpy.int32(fixed))
    return gx, ggamma.astype(gamma.dtype, copy=False), ggy
