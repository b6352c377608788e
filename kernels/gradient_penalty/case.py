"""Penalty of the discriminator's image gradient."""
from collections.abc import Iterator

import numpy

from kernels.benchmarking.cases import Case, normal
from kernels.gradient_penalty import gradient_penalty, gradient_penalty_gradient


def cases(batch: int) -> Iterator[Case]:
    """Forward and gradient at 256 px."""
    gradient, vector = normal(batch, 3, 256, 256), numpy.ones(batch, numpy.float32)
    yield Case('gradient_penalty', f'{gradient.shape}', (gradient,), lambda a, impl: gradient_penalty(a[0], impl=impl),
               gradient.nbytes, lambda tensors: tensors[0].square().sum((1, 2, 3)))
    yield Case('gradient_penalty_gradient', f'{gradient.shape}', (gradient, vector),
               lambda a, impl: gradient_penalty_gradient(a[0], a[1], a[1], impl=impl), 2 * gradient.nbytes,
               lambda tensors: 2 * tensors[1][:, None, None, None] * tensors[0])
