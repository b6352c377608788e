"""Training and validation parts, and mirrored copies."""
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
from chainer.dataset import DatasetMixin
from chainer.datasets import SubDataset


class Part(SubDataset):
    """Chainer's part of a data set, with the names of its samples where the data set has any."""

    def __init__(self, dataset: Any, start: int, finish: int, order: list[int]):
        super().__init__(dataset, start, finish, order)
        if hasattr(dataset, 'names'):
            names = dataset.names
            self.names = [names[i] for i in order[start:finish]]


def split(dataset: Any, validation: float = 0.1, seed: int = 0) -> tuple[Part, Part]:
    """Split into (training, validation), whole samples, drawn by a hash of the seed and the sample's name.

    A growing data set keeps nearly all its samples on their side. Of two or more samples each side gets at
    least one if ``validation`` is above 0; a single sample stays in training, and validation is empty.

    Args:
        dataset: its ``names`` are hashed; without them, its indexes. If it is divided already, by names in its
            ``held_out``, those are the validation part.
        validation: share of the samples, 0..1.
        seed: another seed, another split.
    """
    count = len(dataset)
    names = getattr(dataset, 'names', range(count))
    # A name that is not UTF-8 on disk comes with its bytes escaped, and is hashed as such.
    keys = [f'{seed}:{name}'.encode(errors='surrogateescape') for name in names]
    digests = [hashlib.blake2b(key, digest_size=8).digest() for key in keys]
    by_hash = sorted(range(count), key=digests.__getitem__)
    share = min(max(round(count * validation), int(validation > 0)), count - 1)
    divided = getattr(dataset, 'held_out', ())
    held_out = {i for i, name in enumerate(names) if name in divided} or set(by_hash[:share])
    order = sorted(range(count), key=lambda i: (i in held_out, i))
    training = count - len(held_out)
    return Part(dataset, 0, training, order), Part(dataset, training, count, order)


class Mirrored(DatasetMixin):
    """Twice as long as the data set it wraps: its samples, then their left-right mirrored copies.

    Args:
        dataset: samples are tuples of arrays; images and maps (C, H, W) are flipped, vectors are not.
        mirror_vector: what becomes of a vector in a mirrored copy, where it tells left from right.
    """

    def __init__(self, dataset: Any, mirror_vector: Callable[[np.ndarray], np.ndarray] | None = None):
        self.dataset, self.mirror_vector = dataset, mirror_vector

    def __len__(self) -> int:
        return 2 * len(self.dataset)

    @property
    def image_count(self) -> int:
        """Different photographs or drawings in it."""
        return image_count(self.dataset)

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Return sample i, or the mirrored copy of sample ``i - len(dataset)``."""
        count = len(self.dataset)
        sample = self.dataset[i % count]
        return sample if i < count else tuple(self._mirrored(array) for array in sample)

    def _mirrored(self, array: np.ndarray) -> np.ndarray:
        if array.ndim == 3:
            return np.ascontiguousarray(array[..., ::-1])
        return self.mirror_vector(array) if self.mirror_vector else array


def image_count(dataset: Any) -> int:
    """How many different images a data set has: copies and further captions of one do not count."""
    return getattr(dataset, 'image_count', len(dataset))
