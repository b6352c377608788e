"""Crops of somewhat larger images: the random jitter of pix2pix (Isola et al. 2017, section 6.2)."""
from typing import Any

import numpy as np
from chainer.dataset import DatasetMixin

from spade_anime.data.splitting import image_count

COPIES = 32


class Cropped(DatasetMixin):
    """Crops of the samples of a data set: ``copies`` of each, every one at a place of its own.

    The places are drawn by the index alone, so that a run sees the same samples whatever process reads them.

    Args:
        dataset: samples are tuples of arrays; images and maps (C, H, W) are cropped, vectors are not.
        size: width and height of the crops in pixels.
        copies: crops of each sample.
    """

    def __init__(self, dataset: Any, size: int, copies: int = COPIES):
        self.dataset, self.size, self.copies = dataset, size, copies

    def __len__(self) -> int:
        return self.copies * len(self.dataset)

    @property
    def image_count(self) -> int:
        """Different photographs or drawings in it."""
        return image_count(self.dataset)

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Return a crop of sample ``i % len(dataset)``, image and maps at the same place."""
        sample = self.dataset[i % len(self.dataset)]
        room = np.subtract(sample[0].shape[1:], self.size)
        top, left = np.random.default_rng(i).integers(0, room + 1)
        return tuple(np.ascontiguousarray(array[:, top:top + self.size, left:left + self.size])
                     if array.ndim == 3 else array for array in sample)
