"""Does the hair of a painted portrait have the requested colour?"""
from collections.abc import Sequence

import numpy

from spade_anime.data.hair import HAIR_COLORS
from spade_anime.evaluation.color import to_lab

# Shares of the image's width and height where, in the example's portraits, only one thing can lie.
CORNERS = (0, 0.1, 0, 0.1), (0, 0.1, 0.9, 1)
NECK = (0.84, 0.97, 0.42, 0.6)
CROWN = (0, 0.35, 0, 1)
# CIELAB distances. Silver hair lies 11 from the example's background, brown hair 18 from brown skin.
BACKGROUND_DISTANCE, SKIN_DISTANCE, SHADES = 9, 14, 10
LEAST_HAIR, MOST_COMPARED = 0.1, 400


def hair_obeyed(images: numpy.ndarray, asked: Sequence[str]) -> float:
    """Share of portraits (N, 3, S, S) in [-1, 1] whose hair has the requested colour, each a name of ``HAIR_COLORS``.

    A portrait without anything that could be hair counts as wrong. Chance is 1 in 11.
    """
    return sum(hair_name(image) == name for image, name in zip(images, asked, strict=True)) / len(asked)


def hair_name(image: numpy.ndarray) -> str | None:
    """Name of the hair colour nearest in CIELAB to that of a portrait; None if it shows only background."""
    color = hair_color(image)
    if color is None:
        return None
    names = to_lab(numpy.array(list(HAIR_COLORS.values())) / 255)
    return list(HAIR_COLORS)[int(_distance(names, color).argmin())]


def hair_color(image: numpy.ndarray) -> numpy.ndarray | None:
    """Mean CIELAB colour (3,) of the hair of a portrait (3, S, S) in [-1, 1], independent of the requested colour.

    Hair is what in the upper third resembles neither the background (the upper corners) nor the skin (the neck). If
    that leaves next to nothing, hair is as brown as the skin, and only the background is excluded. The mean is taken
    around the most frequent colour, which excludes outlines and eyebrows. None if nothing is left.

    This suits portraits on a plain background, framed like the example's: of the example's 160 the known name is found
    for all at 64 px, for 94 % at 28 px. It does not suit photographs, full figures or patterned backgrounds.
    """
    size = image.shape[1]
    lab = to_lab(((image + 1) / 2).transpose(1, 2, 0).reshape(-1, 3)).reshape(size, size, 3)
    background = numpy.median(numpy.concatenate([_part(lab, corner) for corner in CORNERS]), axis=0)
    crown = _part(lab, CROWN)
    crown = crown[_distance(crown, background) > BACKGROUND_DISTANCE]
    hair = crown[_distance(crown, _most_frequent(_part(lab, NECK))) > SKIN_DISTANCE]
    if len(hair) <= LEAST_HAIR * len(crown):
        hair = crown
    return hair[_distance(hair, _most_frequent(hair)) < SHADES].mean(axis=0) if len(hair) else None


def _part(lab: numpy.ndarray, shares: tuple[float, float, float, float]) -> numpy.ndarray:
    top, bottom, left, right = (round(share * len(lab)) for share in shares)
    return lab[top:bottom, left:right].reshape(-1, 3)


def _distance(colors: numpy.ndarray, color: numpy.ndarray) -> numpy.ndarray:
    return numpy.linalg.norm(colors - color, axis=-1)


def _most_frequent(colors: numpy.ndarray) -> numpy.ndarray:
    """The colour (3,) with the most others close to it, among at most about ``MOST_COMPARED`` samples."""
    if not len(colors):
        return numpy.zeros(3, numpy.float32)
    some = colors[::len(colors) // MOST_COMPARED + 1]
    return some[(_distance(some[:, None], some[None]) < SHADES).sum(axis=1).argmax()]
