"""Batch normalisation with leaky ReLU of the discriminator's second and third feature map and its first block."""
from collections.abc import Iterator

import numpy

from kernels.batch_norm_act import batch_norm_act, batch_norm_act_double_gradient, batch_norm_act_gradient
from kernels.benchmarking.cases import Case, normal
from kernels.runtime.across import Statistics

SLOPE = 0.2
SIZES = (128, 64), (256, 32), (512, 30)


def cases(batch: int) -> Iterator[Case]:
    """Forward, gradient and the gradient of that, with the batch's statistics: every array that is read is read twice,
    once for the channels' sums.
    """
    for channels, pixels in SIZES:
        x, y, gy, ggx = (normal(batch, channels, pixels, pixels, seed=seed) for seed in range(4))
        gamma, beta, mean = (normal(channels, seed=seed) for seed in range(3))
        variance, size = numpy.ones_like(gamma), f'{x.shape}'
        yield Case('batch_norm_act', size, (x, gamma, beta, mean, variance), _forward, 3 * x.nbytes, _torch)
        arrays = x, gamma, y, gy, mean, variance, ggx
        yield Case('batch_norm_act_gradient', size, arrays[:-1], _gradient, 7 * x.nbytes, _torch_gradient)
        yield Case('batch_norm_act_double_gradient', size, arrays, _double_gradient, 10 * x.nbytes)


def _forward(arrays, impl):
    return batch_norm_act(*arrays[:3], running=Statistics(*arrays[3:]), slope=SLOPE, impl=impl)


def _gradient(arrays, impl):
    return batch_norm_act_gradient(*arrays[:4], statistics=Statistics(*arrays[4:]), slope=SLOPE, impl=impl)


def _double_gradient(arrays, impl):
    *arrays, mean, variance, ggx = arrays
    return batch_norm_act_double_gradient(*arrays, ggx, statistics=Statistics(mean, variance), slope=SLOPE, impl=impl)


def _torch(tensors):
    from torch.nn import functional
    x, gamma, beta, mean, variance = tensors
    y = functional.batch_norm(x, mean, variance, gamma, beta, training=True, momentum=0.1, eps=2e-5)
    return functional.leaky_relu(y, SLOPE)


def _torch_gradient(tensors):
    """From the statistics at hand, as a backward pass has them."""
    import torch
    x, gamma, y, gy, mean, inverse = tensors
    g = torch.ops.aten.leaky_relu_backward(gy, y, SLOPE, True)
    return torch.ops.aten.native_batch_norm_backward(g, x, gamma, None, None, mean, inverse, True, 2e-5,
                                                     [True, True, True])
