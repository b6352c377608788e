"""Feature matching of the discriminator's first feature map, and the hinge of its logits."""
from collections.abc import Iterator

import numpy

from kernels.benchmarking.cases import Case, normal
from kernels.losses import absolute_difference, hinge, slopes_gradient


def cases(batch: int) -> Iterator[Case]:
    """64 channels at 128 px; logits of 30 x 30 patches. Slopes are a byte an element."""
    x, target = normal(batch, 64, 128, 128), normal(batch, 64, 128, 128, seed=1)
    logits = normal(batch, 1, 30, 30)
    slopes, gradient = numpy.sign(x).astype(numpy.int8), numpy.ones((), numpy.float32)
    yield Case('absolute_difference', f'{x.shape}', (x, target),
               lambda a, impl: absolute_difference(*a, impl), 2 * x.nbytes + slopes.nbytes,
               lambda tensors: (tensors[0] - tensors[1]).abs().mean())
    yield Case('slopes_gradient', f'{x.shape}', (slopes, gradient),
               lambda a, impl: slopes_gradient(*a, numpy.float32, impl), slopes.nbytes + x.nbytes)
    yield Case('hinge', f'{logits.shape}', (logits,), lambda a, impl: hinge(a[0], 'real', impl),
               logits.nbytes + logits.size, lambda tensors: (1 - tensors[0]).relu().mean())
