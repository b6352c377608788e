"""Leaky ReLU of the discriminator's first feature map."""
from collections.abc import Iterator

from kernels.benchmarking.cases import Case, normal
from kernels.leaky_relu import leaky_relu, leaky_relu_gradient

SLOPE = 0.2


def cases(batch: int) -> Iterator[Case]:
    """Forward and gradient at 64 channels, 128 px."""
    x, gy = normal(batch, 64, 128, 128), normal(batch, 64, 128, 128, seed=1)
    yield Case('leaky_relu', f'{x.shape}', (x,), lambda a, impl: leaky_relu(a[0], SLOPE, impl), 2 * x.nbytes, _torch)
    yield Case('leaky_relu_gradient', f'{x.shape}', (gy, x),
               lambda a, impl: leaky_relu_gradient(a[0], a[1], SLOPE, impl), 3 * x.nbytes)


def _torch(tensors):
    import torch
    return torch.nn.functional.leaky_relu(tensors[0], SLOPE)
