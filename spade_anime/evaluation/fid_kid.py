"""Paintings compared with real images, as distributions: FID and KID by the features of a network."""
from collections.abc import Sequence

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
from spade_anime.evaluation.features import Features


class Distances:
    """FID and KID of images to real ones, whose features are computed when they are first needed, and kept.

    Args:
        features: network that gives the features.
        reference: real images (3, S, S) in [-1, 1], one after the other.
        fid: FID also where there are fewer than ``ENOUGH_FOR_FRECHET`` images.
        name: of the set of real images.
    """

    def __init__(self, features: Features, reference: Sequence, fid: bool = False, name: str = TRAINING):
        self.features, self.reference, self.fid, self.name = features, reference, fid, name
        self._real = None

    def of(self, images: numpy.ndarray) -> dict:
        """``kid``, its standard error ``kid_error``, and, of enough images or where it is asked for, ``fid``."""
        if self._real is None:
            self._real = self.features.of(self.reference)
        painted = self.features.of(images)
        distance = kernel_distance(painted, self._real)
        scores = {'kid': distance.value, 'kid_error': distance.error}
        if self.fid or self.enough_for_fid(len(images)):
            scores['fid'] = frechet_distance(Gaussian.of_features(painted), Gaussian.of_features(self._real))
        return scores

    def check(self, images: int) -> None:
        """Raise InputError where so many images, or the real ones, are too few."""
        if min(images, len(self.reference)) < LEAST_IMAGES:
            raise InputError(f'--features {self.features.path}: {images} paintings and {len(self.reference)} real '
                             f'images; KID and FID need at least {LEAST_IMAGES} of each (--draws, --reference)')

    def remarks(self, images: int) -> list:
        """What is compared, and what an FID of so many images is worth."""
        lines = [f'{self.features.describe()}; compared with {len(self.reference)} {self.name} images']
        if not self.enough_for_fid(images):
            shown = 'fid' if self.fid else 'no fid (--fid shows it)'
            lines.append(f'{shown}: {images} paintings and {len(self.reference)} real images; fewer than '
                         f'{ENOUGH_FOR_FRECHET} bias it upwards, kid not')
        return lines

    def facts(self) -> dict:
        """What the distances depend on beside the images, by name."""
        return {'features': str(self.features.path), 'features_range': self.features.input.value_range,
                'reference': self.name, 'reference_images': len(self.reference)}

    def enough_for_fid(self, images: int) -> bool:
        """Whether so many images and the real ones are enough for an FID that says more than how many they are."""
        return min(images, len(self.reference)) >= ENOUGH_FOR_FRECHET


class Originals(Sequence):
    """The different images of a data set, read one by one: no mirror images, no second caption or crop of one.

    ``most``: no more than so many, the first ones.
    """

    def __init__(self, dataset, most: int):
        self.dataset, self.count = dataset, min(most, image_count(dataset))

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        # Data sets that hold an image several times have all images once before any of them comes again.
        if not 0 <= i < self.count:
            raise IndexError(i)
        return self.dataset[i][0]
