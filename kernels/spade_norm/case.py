"""SPADE's normalisation of the generator's largest, a middle and a small feature map, in training."""
from collections.abc import Iterator

import numpy

from kernels.benchmarking.cases import Case, normal
from kernels.noise import NoiseStream
from kernels.runtime.across import Statistics
from kernels.spade_norm import modulate, modulate_gradient

SLOPE, EPS = 0.2, 2e-5
SIZES = (64, 256), (256, 64), (512, 16)


def cases(batch: int) -> Iterator[Case]:
    """Forward with Philox noise, forward without, and the gradient with noise."""
    for channels, size in SIZES:
        shape = batch, channels, size, size
        x, gamma, beta, gy = (normal(*shape, seed=seed) for seed in range(4))
        weight = normal(1, channels, 1, 1)
        mean, var = numpy.zeros(channels, 'f'), numpy.ones(channels, 'f')
        state = numpy.array([1, 0, 0, 0], numpy.uint32)
        # x twice, gamma and beta once, y once.
        yield Case('spade_norm', f'{shape}', (x, gamma, beta, weight, state), _forward, 5 * x.nbytes)
        yield Case('spade_norm', f'{shape} without noise', (x, gamma, beta),
                   lambda a, impl: modulate(*a, slope=SLOPE, impl=impl), 5 * x.nbytes, _torch)
        # x, gamma, y, gy and x, gamma, gbeta are read; gbeta, ggamma, gx written.
        yield Case('spade_norm_gradient', f'{shape}', (x, gamma, beta, gy, weight, state, mean, var), _gradient,
                   10 * x.nbytes)


def _forward(arrays, impl):
    x, gamma, beta, weight, state = arrays
    return modulate(x, gamma, beta, weight, NoiseStream(state, 1), eps=EPS, slope=SLOPE, impl=impl)


def _gradient(arrays, impl):
    x, gamma, y, gy, weight, state, mean, var = arrays
    return modulate_gradient(x, gamma, y, gy, weight, NoiseStream(state, 1),
                             statistics=Statistics(mean, var), eps=EPS, slope=SLOPE, impl=impl)


def _torch(tensors):
    from torch.nn import functional
    x, gamma, beta = tensors
    h = functional.batch_norm(x, None, None, training=True, eps=EPS)
    return functional.leaky_relu(h * (1 + gamma) + beta, SLOPE)
