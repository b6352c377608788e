"""Training and validation parts, and mirrored copies."""
import hashlib

import numpy as np
from chainer.dataset import DatasetMixin
from chainer.datasets import SubDataset


def split(dataset, validation: float = 0.1, seed: int = 0) -> tuple[SubDataset, SubDataset]:
    """Split into (training, validation), whole samples, drawn by a hash of the seed and the sample's name.

    A growing data set keeps nearly all its samples on their side. Of two or more samples each side gets at
    least one if ``validation`` is above 0; a single sample stays in training, and validation is empty.

    Args:
        dataset: its ``names`` are hashed; without them, its indexes.
        validation: share of the samples, 0..1.
        seed: another seed, another split.
    """
    count = len(dataset)
    names = getattr(dataset, 'names', range(count))
    digests = [hashlib.blake2b(f'{seed}:{name}'.encode(), digest_size=8).digest() for name in names]
    by_hash = sorted(range(count), key=digests.__getitem__)
    held_out = min(max(round(count * validation), int(validation > 0)), count - 1)
    order = sorted(by_hash[held_out:]) + sorted(by_hash[:held_out])
    training = count - held_out
    return SubDataset(dataset, 0, training, order), SubDataset(dataset, training, count, order)


class Mirrored(DatasetMixin):
    """Twice as long as the data set it wraps: its samples, then their left-right mirrored copies."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self) -> int:
        return 2 * len(self.dataset)

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Return sample i; every array of a mirrored one is flipped along its last axis."""
        count = len(self.dataset)
        sample = self.dataset[i % count]
        return sample if i < count else tuple(np.ascontiguousarray(array[..., ::-1]) for array in sample)
