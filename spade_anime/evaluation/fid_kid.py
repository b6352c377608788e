"""Paintings compared with real images, as distributions: FID and KID by the features of a network."""
import functools
from typing import Any

import numpy

from spade_anime.data.splitting import image_count
from spade_anime.errors import InputError
from spade_anime.evaluation.distances import (
    ENOUGH_FOR_FRECHET,
    LEAST_IMAGES,
    TRAINING,
    Gaussian,
    frechet_distance,
    kernel_distance,
)
from spade_anime.evaluation.features import Features, Images


class Distances:
    """FID and KID of images to real ones, whose features are computed once, when they are first needed.

    Args:
        features: network that gives the features.
        reference: real images (3, S, S) in [-1, 1], one after the other.
        fid: compute FID even with fewer than ``ENOUGH_FOR_FRECHET`` images.
        name: of the set of real images.
    """

    def __init__(self, features: Features, reference: Images, fid: bool = False, name: str = TRAINING):
        self.features, self.reference, self.fid, self.name = features, reference, fid, name

    @functools.cached_property
    def _real_features(self) -> numpy.ndarray:
        return self.features.of(self.reference)

    def of(self, images: Images) -> dict[str, float]:
        """``kid``, its standard error ``kid_error`` and, if there are enough images or it is wanted, ``fid``."""
        real, painted = self._real_features, self.features.of(images)
        distance = kernel_distance(painted, real)
        scores = {'kid': distance.value, 'kid_error': distance.error}
        if self.fid or self.enough_for_fid(len(images)):
            scores['fid'] = frechet_distance(Gaussian.of_features(painted), Gaussian.of_features(real))
        return scores

    def check(self, images: int) -> None:
        """Raise InputError if this number of images, or of the real ones, is too small."""
        if min(images, len(self.reference)) < LEAST_IMAGES:
            raise InputError(f'--features {self.features.path}: {images} paintings and {len(self.reference)} real '
                             f'images; KID and FID need at least {LEAST_IMAGES} of each (--draws, --reference)')

    def remarks(self, images: int) -> list[str]:
        """What is compared, and whether there are enough images for FID."""
        lines = [f'{self.features.describe()}; compared with {len(self.reference)} {self.name} images']
        if not self.enough_for_fid(images):
            shown = 'fid' if self.fid else 'no fid (--fid shows it)'
            lines.append(f'{shown}: {images} paintings and {len(self.reference)} real images; fewer than '
                         f'{ENOUGH_FOR_FRECHET} bias fid upwards, but not kid')
        return lines

    def facts(self) -> dict[str, str | int]:
        """What else the distances depend on, by name."""
        return {'features': str(self.features.path), 'features_range': self.features.input.value_range,
                'reference': self.name, 'reference_images': len(self.reference)}

    def enough_for_fid(self, images: int) -> bool:
        """Whether this number of images, and of the real ones, is enough for a meaningful FID."""
        return min(images, len(self.reference)) >= ENOUGH_FOR_FRECHET


class Originals:
    """The different images of a data set, read one by one: no mirror images, no second caption or crop of one.

    ``most``: at most this many, the first ones.
    """

    def __init__(self, dataset: Any, most: int):
        self.dataset, self.count = dataset, min(most, image_count(dataset))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> numpy.ndarray:
        # Data sets that hold an image several times have every image once before any is repeated.
        if not 0 <= i < self.count:
            raise IndexError(i)
        return self.dataset[i][0]
