"""Adam over all weights of the discriminator's convolutions, and one of one weight."""
import math
from collections.abc import Iterator

import numpy

from kernels.adam import Network, Rates, Settings, State, Tensor, adam_step, all_by_kernel
from kernels.benchmarking.cases import Case, normal
from kernels.runtime.arrays import array_module
from kernels.spectral_norm.case import SHAPES

RATE, BETAS, EPS = 2e-4, (0.5, 0.999), 1e-8


def cases(batch: int) -> Iterator[Case]:
    """Parameters do not depend on the batch: none but at batch 1. Four numbers are read an element, three written."""
    if batch > 1:
        return
    for shapes in (SHAPES, SHAPES[:1]):
        shapes = [shape for weight in shapes for shape in (weight, weight[:1])]
        weights, gradients = ([normal(*shape, seed=seed) for shape in shapes] for seed in (0, 1))
        moments = [numpy.ones(shape, numpy.float32) for shape in 2 * shapes]
        yield Case('adam', f'{len(shapes)} parameters', (*weights, *gradients, *moments), _Step(),
                   7 * sum(weight.nbytes for weight in weights), _Torch())


def _parameters(arrays) -> list[tuple]:
    """Weight, gradient and moments of each parameter."""
    count = len(arrays) // 4
    return list(zip(*(arrays[i * count:(i + 1) * count] for i in range(4))))


class _Step:
    """One launch on a GPU; ``adam_step`` in the other forms. Returns nothing: the arrays are updated in place."""

    def __init__(self):
        self.arrays = self.network = self.state = None
        self.steps = 0

    def __call__(self, arrays, impl):
        parameters = _parameters(arrays)
        if not all_by_kernel(arrays, impl):
            self.steps += 1
            rate = RATE * math.sqrt(1 - BETAS[1] ** self.steps) / (1 - BETAS[0] ** self.steps)
            adam_step(parameters, rate, *BETAS, EPS, impl)
            return
        if arrays is not self.arrays:
            self.arrays, self.state = arrays, State(array_module(*arrays))
            self.network = Network([Tensor(weight, first, second) for weight, _, first, second in parameters])
        self.network.update([gradient for _, gradient, _, _ in parameters], self.state,
                            Settings(*BETAS, EPS, Rates(RATE)))


class _Torch:
    """PyTorch's fused form."""

    def __init__(self):
        self.optimizer = None

    def __call__(self, tensors):
        import torch
        if self.optimizer is None:
            parameters = []
            for weight, gradient, _, _ in _parameters(tensors):
                parameters.append(torch.nn.Parameter(weight.clone()))
                parameters[-1].grad = gradient
            self.optimizer = torch.optim.Adam(parameters, RATE, BETAS, EPS, fused=True,
                                              capturable=parameters[0].is_cuda)
        self.optimizer.step()
