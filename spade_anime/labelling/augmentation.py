"""Other looks of a drawing that keep its labels: what a labeller learns from few drawings has to hold for more."""
from typing import NamedTuple

import cv2
import numpy

from spade_anime.data import images  # noqa: F401  (limits the threads of OpenCV)

LONGEST_BLUR = 1.3
WORST_JPEG = 25


class Strength(NamedTuple):
    """How far drawings are changed.

    Attributes:
        tint: share of the classes whose region is blended with a colour drawn at random.
        zoom: largest change of scale, as a power of e; the sides differ by up to a quarter of it.
        angle: largest rotation in degrees.
        shift: largest shift, as a share of the side.
        color: largest change of hue (1 is all the way round), saturation, brightness and contrast.
        spoilt: probability of each of grey, thinner or thicker lines, uneven light, blur, noise and JPEG.
    """

    tint: float
    zoom: float
    angle: float
    shift: float
    color: float
    spoilt: float


STRONG = Strength(tint=0.5, zoom=0.45, angle=20, shift=0.12, color=0.5, spoilt=0.2)
"""For drawings of one style that shall teach how to label any."""

MILD = Strength(tint=0.15, zoom=0.2, angle=12, shift=0.08, color=0.08, spoilt=0.05)
"""For examples of the very style that is labelled."""


def augmented(image: numpy.ndarray, classes: numpy.ndarray, size: int, strength: Strength,
              random: numpy.random.Generator) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Change an image (H, W, 3) uint8 and its classes (H, W) uint8, both square, to ``size`` px at random.

    Returns the image (3, size, size) float32 in [-1, 1] and its classes (size, size) uint8.
    """
    image = _tinted(image, classes, strength, random)
    image, classes = _moved(image, classes, size, strength, random)
    image = _recolored(image, strength, random)
    for spoil in _SPOILS:
        if random.random() < strength.spoilt:
            image = spoil(image, random)
    return as_input(image), classes


def as_input(image: numpy.ndarray) -> numpy.ndarray:
    """An image (H, W, 3) uint8 as the network takes it: (3, H, W) float32 in [-1, 1]."""
    return numpy.ascontiguousarray(image.transpose(2, 0, 1)).astype(numpy.float32) / 127.5 - 1


def _tinted(image: numpy.ndarray, classes: numpy.ndarray, strength: Strength,
            random: numpy.random.Generator) -> numpy.ndarray:
    found = numpy.unique(classes)
    shares = numpy.zeros(256, numpy.float32)
    shares[found] = (random.random(len(found)) < strength.tint) * random.uniform(0, 0.8, len(found))
    colors = random.integers(0, 256, (256, 3)).astype(numpy.float32)
    share = shares[classes][:, :, None]
    return (image * (1 - share) + colors[classes] * share).astype(numpy.uint8) if share.any() else image


def _moved(image: numpy.ndarray, classes: numpy.ndarray, size: int, strength: Strength,
           random: numpy.random.Generator) -> tuple[numpy.ndarray, numpy.ndarray]:
    zoom = size / len(image) * numpy.exp(random.uniform(-1, 1) * strength.zoom
                                         + random.uniform(-1, 1, 2) * strength.zoom / 8)
    across, down = zoom * [random.choice([-1, 1]), 1]
    angle = numpy.deg2rad(random.uniform(-1, 1) * strength.angle)
    sine, cosine = numpy.sin(angle), numpy.cos(angle)
    matrix = numpy.array([[cosine * across, -sine * down], [sine * across, cosine * down]])
    middle = size / 2 + random.uniform(-1, 1, 2) * strength.shift * size
    affine = numpy.column_stack((matrix, middle - matrix.sum(axis=1) * len(image) / 2))
    return (cv2.warpAffine(image, affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
            cv2.warpAffine(classes, affine, (size, size), flags=cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE))


def _recolored(image: numpy.ndarray, strength: Strength, random: numpy.random.Generator) -> numpy.ndarray:
    hue, saturation, brightness, contrast = random.uniform(-1, 1, 4) * strength.color
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).astype(numpy.float32)
    hsv[:, :, 0] = (hsv[:, :, 0] + 180 * hue) % 180
    hsv[:, :, 1] = numpy.clip(hsv[:, :, 1] * (1 + saturation), 0, 255)
    rgb = cv2.cvtColor(hsv.astype(numpy.uint8), cv2.COLOR_HSV2RGB).astype(numpy.float32)
    return numpy.clip((rgb - 128) * (1 + contrast) + 128 * (1 + brightness), 0, 255).astype(numpy.uint8)


def _grey(image: numpy.ndarray, _random: numpy.random.Generator) -> numpy.ndarray:
    return numpy.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None], 3, axis=2)


def _other_lines(image: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """Thinner, perhaps gone, or thicker lines: the lightest or the darkest of the pixels next to each."""
    kernel = numpy.ones(tuple(random.integers(2, 4, 2)), numpy.uint8)
    return (cv2.dilate if random.random() < 0.6 else cv2.erode)(image, kernel)


def _uneven_light(image: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    edges = random.uniform(0.6, 1.3, (2, 2)).astype(numpy.float32)
    light = cv2.resize(edges, image.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    return numpy.clip(image * light[:, :, None], 0, 255).astype(numpy.uint8)


def _blurred(image: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    return cv2.GaussianBlur(image, (0, 0), random.uniform(0.3, LONGEST_BLUR))


def _noisy(image: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    noise = random.normal(0, random.uniform(2, 16), image.shape).astype(numpy.float32)
    return numpy.clip(image + noise, 0, 255).astype(numpy.uint8)


def _jpeg(image: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    _, data = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(WORST_JPEG, 95))])
    return numpy.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))


_SPOILS = _grey, _other_lines, _uneven_light, _blurred, _noisy, _jpeg
