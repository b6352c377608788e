"""Spectral normalisation of the discriminator's largest weight, and of all its convolutions together."""
from collections.abc import Iterator

import numpy

from kernels.benchmarking.cases import Case, normal
from kernels.spectral_norm import Layers, normalize, weight_gradient

# Output channels and numbers each of them reads: the discriminator's convolutions with 64 channels at first.
SHAPES = ((64, 160), (128, 1024), (256, 2048), *[(32, 256)] * 3, (256, 32), (512, 4096), (512, 8192), (256, 4608),
          (256, 2304), (256, 4608), (128, 2304), (128, 1152), (128, 2304), (64, 1152), (64, 576), (64, 1152), (1, 576))


def cases(batch: int) -> Iterator[Case]:
    """Weights do not depend on the batch: none but at batch 1. W is read by three passes, each of which needs all."""
    if batch > 1:
        return
    matrix, g = normal(512, 8192), normal(512, 8192, seed=1)
    u, v, sigma = normal(512, seed=2), normal(8192, seed=3), numpy.ones((), numpy.float32)
    yield Case('spectral_norm', f'{matrix.shape}', (matrix, u), lambda a, impl: normalize(*a, impl), 4 * matrix.nbytes,
               _torch)
    yield Case('spectral_norm_gradient', f'{matrix.shape}', (g, matrix, u, v, sigma),
               lambda a, impl: weight_gradient(*a, impl), 4 * matrix.nbytes)
    matrices = [normal(*shape, seed=i) for i, shape in enumerate(SHAPES)]
    us, layers, count = [normal(len(matrix)) for matrix in matrices], Layers(), len(SHAPES)
    yield Case('spectral_norm_layers', f'{count} layers', (*matrices, *us),
               lambda a, impl: layers.normalize(a[:count], a[count:], impl=impl), 4 * sum(m.nbytes for m in matrices))


def _torch(tensors):
    matrix, u = tensors
    v = u @ matrix
    v = v / v.norm()
    image = matrix @ v
    u = image / image.norm()
    return matrix / (u @ image)
