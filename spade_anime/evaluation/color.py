"""Does the painting have the requested colours?"""
from collections.abc import Sequence

import cv2
import numpy


def to_lab(rgb: numpy.ndarray) -> numpy.ndarray:
    """sRGB (N, 3) in [0, 1] to CIELAB (N, 3), L in 0..100, D65 white."""
    return cv2.cvtColor(numpy.asarray(rgb, numpy.float32)[None], cv2.COLOR_RGB2LAB)[0]


def hair_color_error(images: numpy.ndarray, hair: numpy.ndarray, colors: numpy.ndarray) -> float:
    """Mean CIE76 distance between the requested hair colour and the mean colour of the painted hair.

    images (N, 3, S, S) in [-1, 1]; hair (N, 1, S, S) in {0, 1}: where it is; colors (N, 3, S, S) in [0, 1], read
    there. Samples without hair do not count; NaN where none has any.
    """
    area = hair.sum(axis=(1, 2, 3))
    with_hair = area > 0
    if not with_hair.any():
        return float('nan')
    painted, asked = (((values * hair).sum(axis=(2, 3))[with_hair] / area[with_hair, None])
                      for values in ((images + 1) / 2, colors))
    return float(numpy.linalg.norm(to_lab(painted) - to_lab(asked), axis=1).mean())


def mean_absolute_error(images: numpy.ndarray, references: numpy.ndarray) -> float:
    """Mean absolute difference of two batches of images in [-1, 1]: from 0 to 2."""
    return float(numpy.abs(images - references).mean())


def mean_color_error(images: numpy.ndarray, references: numpy.ndarray) -> float:
    """Mean CIE76 distance between the mean colours of two batches of images (N, 3, S, S) in [-1, 1], pair by pair."""
    first, second = (to_lab((batch.mean(axis=(2, 3)) + 1) / 2) for batch in (images, references))
    return float(numpy.linalg.norm(first - second, axis=1).mean())


def image_error(samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
    """Mean absolute error of paintings (N, 3, S, S) against the images of samples ``(image, *condition)``."""
    return {'mean_absolute_error': mean_absolute_error(painted, numpy.stack([sample[0] for sample in samples]))}
