"""The noise of one layer, written out: what a layer would have to read if it were not made in place."""
from collections.abc import Iterator

from kernels.benchmarking.cases import Case
from kernels.noise import new_state, normal


def cases(batch: int) -> Iterator[Case]:
    """One map at 256 px."""
    shape = batch, 1, 256, 256
    yield Case('noise', f'{shape}', (new_state(1),), lambda a, impl: normal(a[0], 0, shape, impl=impl),
               4 * batch * 256 * 256, _torch(shape))


def _torch(shape):
    def draw(tensors):
        import torch
        return torch.randn(shape, device=tensors[0].device)
    return draw
