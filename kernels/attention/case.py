"""Softmax of the discriminator's self-attention."""
from collections.abc import Iterator

from kernels.attention import softmax, softmax_gradient, softmax_second_gradient
from kernels.benchmarking.cases import Case, normal


def cases(batch: int) -> Iterator[Case]:
    """1024 x 1024 scores: pixels of 32 px features, of images of 256 px. Each array moves once to or from memory."""
    x, gy, ggx = (normal(batch, 1024, 1024, seed=seed) for seed in range(3))
    y = softmax(x, impl='reference')
    yield Case('softmax', f'{x.shape}', (x,), lambda a, impl: softmax(a[0], impl=impl), 2 * x.nbytes,
               lambda tensors: tensors[0].softmax(1))
    yield Case('softmax_gradient', f'{x.shape}', (y, gy), lambda a, impl: softmax_gradient(*a, impl=impl), 3 * x.nbytes)
    yield Case('softmax_second_gradient', f'{x.shape}', (y, gy, ggx),
               lambda a, impl: softmax_second_gradient(*a, impl=impl), 4 * x.nbytes)
