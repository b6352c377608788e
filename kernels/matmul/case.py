"""The discriminator's self-attention: scores of all pairs of pixels, and what is attended to."""
from collections.abc import Iterator

from kernels.benchmarking.cases import Case, normal
from kernels.matmul import matmul

CHANNELS, PIXELS = 32, 1024


def cases(batch: int) -> Iterator[Case]:
    """Queries and keys of 32 channels, 1024 pixels of 32 px features. Each array moves once to or from memory."""
    queries, keys = (normal(batch, CHANNELS, PIXELS, seed=seed) for seed in range(2))
    scores = normal(batch, PIXELS, PIXELS, seed=2)
    moved = 2 * queries.nbytes + scores.nbytes
    yield Case('attention_scores', f'{scores.shape}', (queries, keys),
               lambda a, impl: matmul(*a, transa=True, impl=impl), moved,
               lambda tensors: tensors[0].transpose(1, 2) @ tensors[1])
    yield Case('attention_values', f'{queries.shape}', (queries, scores),
               lambda a, impl: matmul(*a, impl=impl), moved, lambda tensors: tensors[0] @ tensors[1])
