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


class Part(NamedTuple):
    """A connected part of a class: ``mask`` bool (H, W), and its ``center`` (x, y) from 0 to 1."""

    mask: np.ndarray
    center: tuple[float, float]


class ColoredPart(NamedTuple):
    """A part of a portrait: class, centre (x, y) from 0 to 1, and colour RGB 0..255."""

    position: int
    center: tuple[float, float]
    color: tuple[int, int, int]


Portrait = tuple[ColoredPart, ...]
"""The colours of one real portrait."""


def parts_of(region: np.ndarray) -> list[Part]:
    """Connected parts (8 neighbours) of a region, bool (H, W), the largest first; specks together are the last one."""
    count, numbers, stats, centers = cv2.connectedComponentsWithStats(region.astype(np.uint8), connectivity=8)
    sizes = stats[:, cv2.CC_STAT_AREA]
    large = sorted((i for i in range(1, count) if sizes[i] >= max(2, SMALLEST * region.size)), key=lambda i: -sizes[i])
    found = [Part(numbers == i, _from_0_to_1(centers[i], region)) for i in large]
    specks = region & ~np.isin(numbers, large)
    if specks.any():
        found.append(Part(specks, _from_0_to_1(np.argwhere(specks).mean(axis=0)[::-1], region)))
    return found


def robust_color(pixels: np.ndarray, vivid: bool = False) -> np.ndarray:
    """Median colour (3,) of pixels (N, 3); ``vivid``: of the half of them with the stronger colours."""
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
    pixels, colors, portrait = image.transpose(1, 2, 0), np.zeros((*classes.shape, 3), np.float32), []
    for position in np.unique(classes):
        for part in parts_of(classes == position):
            color = robust_color(pixels[part.mask], names[position] in VIVID)
            colors[part.mask] = color
            red, green, blue = (int(v) for v in np.rint(255 * color))
            portrait.append(ColoredPart(int(position), part.center, (red, green, blue)))
    return np.ascontiguousarray(colors.transpose(2, 0, 1)), tuple(portrait)


def colored_like(classes: np.ndarray, portrait: Portrait, others: Sequence[Portrait]) -> np.ndarray:
    """Colour map (3, H, W) float32 of a label map in the colours of a real portrait.

    A part takes the colour of the nearest part of its class in ``portrait``; of a class that it lacks, in the first
    of the ``others`` that has it; a class that none has is grey.
    """
    colors = np.full((*classes.shape, 3), 0.5, np.float32)
    for position in np.unique(classes):
        candidates = ([part for part in one if part.position == position] for one in (portrait, *others))
        known = next(filter(None, candidates), [])
        for part in parts_of(classes == position) if known else []:
            nearest = min(known, key=lambda one: sum((a - b) ** 2 for a, b in zip(one.center, part.center)))
            colors[part.mask] = np.array(nearest.color, np.float32) / 255
    return np.ascontiguousarray(colors.transpose(2, 0, 1))


def with_map(colors: np.ndarray, given: np.ndarray, classes: np.ndarray, hair: int | None) -> np.ndarray:
    """Colour map (3, H, W) with the parts replaced that ``given`` (3, H, W) names: those that are not black in it.

    A map of one colour throughout is the colour of the hair.
    """
    brightness = given.max(axis=0)
    if hair is not None and np.ptp(given, axis=(1, 2)).max() < BLACK:
        return np.where(classes == hair, given, colors)
    for position in np.unique(classes):
        for part in parts_of(classes == position):
            if np.quantile(brightness[part.mask], 0.75) > BLACK:
                colors = np.where(part.mask, given, colors)
    return colors


def _from_0_to_1(place: np.ndarray, region: np.ndarray) -> tuple[float, float]:
    height, width = region.shape
    return round(float(place[0]) / width, 3), round(float(place[1]) / height, 3)
