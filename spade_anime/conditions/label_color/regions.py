"""Colours of the regions of a label map: measured in an image, taken from a colour map, or from another portrait."""
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

SMALLEST = 1 / 4096
"""Parts of a class that cover less of the picture share one colour: they hold a few pixels each."""

VIVID = frozenset(('eye', 'eyes', 'iris'))
"""Classes whose colour is that of their more colourful half: the iris, not the white around it."""

BLACK = 20 / 255
"""A colour map names a region where at least a quarter of its pixels are brighter than this."""


ENOUGH = 1024
"""Pixels whose median is taken; of more, some that are spread evenly."""


class Part(NamedTuple):
    """A connected part of a class: rows and columns around it, where in them it is, bool, and its ``center`` (x, y)
    from 0 to 1."""

    box: tuple[slice, slice]
    mask: np.ndarray
    center: tuple[float, float]

    def of(self, maps: np.ndarray) -> np.ndarray:
        """Its pixels (N, ...) of maps (H, W, ...)."""
        return maps[self.box][self.mask]

    def paint(self, maps: np.ndarray, values: np.ndarray) -> None:
        """Set its pixels of maps (H, W, ...)."""
        maps[self.box][self.mask] = values


class ColoredPart(NamedTuple):
    """A part of a portrait: class, centre (x, y) from 0 to 1, and colour RGB 0..255."""

    position: int
    center: tuple[float, float]
    color: tuple[int, int, int]


Portrait = tuple[ColoredPart, ...]
"""The colours of one real portrait."""


def parts_of(region: np.ndarray) -> list[Part]:
    """Connected parts (8 neighbours) of a region, bool (H, W), the largest first; specks together are the last one."""
    count, numbers, stats, centers = cv2.connectedComponentsWithStats(region.view(np.uint8), connectivity=8)
    sizes = stats[:, cv2.CC_STAT_AREA]
    small = sizes < max(2, SMALLEST * region.size)
    found = []
    for i in sorted((i for i in range(1, count) if not small[i]), key=lambda i: -sizes[i]):
        left, top, width, height = (int(v) for v in stats[i, :4])
        box = slice(top, top + height), slice(left, left + width)
        found.append(Part(box, numbers[box] == i, _from_0_to_1(centers[i], region)))
    small[0] = False
    if small.any():
        specks = small[numbers]
        center = _from_0_to_1(np.argwhere(specks).mean(axis=0)[::-1], region)
        found.append(Part((slice(None), slice(None)), specks, center))
    return found


def robust_color(pixels: np.ndarray, vivid: bool = False) -> np.ndarray:
    """Median colour (3,) of pixels (N, 3); ``vivid``: of the half of them with the stronger colours."""
    pixels = pixels[::max(1, len(pixels) // ENOUGH)]
    if vivid and len(pixels) > 1:
        chroma = pixels.max(axis=1) - pixels.min(axis=1)
        pixels = pixels[chroma >= np.median(chroma)]
    return np.median(pixels, axis=0)


def measured(image: np.ndarray, classes: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, Portrait]:
    """Every part of every class in its robust colour: a colour map (3, H, W) float32, and the colours.

    Args:
        image: (3, H, W) in [0, 1].
        classes: uint8 (H, W), positions in ``names``.
        names: of all classes, the background among them.
    """
    pixels = np.ascontiguousarray(image.transpose(1, 2, 0))
    colors, portrait = np.zeros_like(pixels), []
    for position in np.unique(classes):
        for part in parts_of(classes == position):
            color = robust_color(part.of(pixels), names[position] in VIVID)
            part.paint(colors, color)
            red, green, blue = (int(v) for v in np.rint(255 * color))
            portrait.append(ColoredPart(int(position), part.center, (red, green, blue)))
    return np.ascontiguousarray(colors.transpose(2, 0, 1)), tuple(portrait)


def colored_like(classes: np.ndarray, portrait: Portrait, others: Sequence[Portrait]) -> np.ndarray:
    """Colour map (3, H, W) float32 of a label map in the colours of a real portrait.

    The largest part of a class takes the colour of the largest in ``portrait``, which is its first; any other part that
    of the nearest. A class that it lacks is taken from the first of the ``others`` that has it; one that none has is
    grey.
    """
    colors = np.full((*classes.shape, 3), 0.5, np.float32)
    for position in np.unique(classes):
        candidates = ([part for part in one if part.position == position] for one in (portrait, *others))
        known = next(filter(None, candidates), [])
        for i, part in enumerate(parts_of(classes == position) if known else []):
            like = known[0] if not i else min(known, key=lambda one: _squared_distance(one, part))
            part.paint(colors, np.array(like.color, np.float32) / 255)
    return np.ascontiguousarray(colors.transpose(2, 0, 1))


def with_map(colors: np.ndarray, given: np.ndarray, classes: np.ndarray, hair: int | None) -> np.ndarray:
    """Colour map (3, H, W) with the parts replaced that ``given`` (3, H, W) names: those that are not black in it.

    A map of one colour throughout is the colour of the hair.
    """
    brightness = given.max(axis=0)
    if hair is not None and np.ptp(given, axis=(1, 2)).max() < BLACK:
        return np.where(classes == hair, given, colors)
    result, given = colors.transpose(1, 2, 0).copy(), given.transpose(1, 2, 0)
    for position in np.unique(classes):
        for part in parts_of(classes == position):
            if np.quantile(part.of(brightness), 0.75) > BLACK:
                part.paint(result, part.of(given))
    return np.ascontiguousarray(result.transpose(2, 0, 1))


def painted_over(colors: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """Colour map (3, H, W) below a layer (4, H, W) in [0, 1], whose last channel says how much it covers."""
    return colors + layer[3] * (layer[:3] - colors)


def _squared_distance(first: ColoredPart, second: Part) -> float:
    return sum((a - b) ** 2 for a, b in zip(first.center, second.center))


def _from_0_to_1(place: np.ndarray, region: np.ndarray) -> tuple[float, float]:
    height, width = region.shape
    return round(float(place[0]) / width, 3), round(float(place[1]) / height, 3)
