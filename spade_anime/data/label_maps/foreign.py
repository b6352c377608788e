"""Whole regions of a colour that no class has: not a fringe, and not for this program to guess."""
from typing import NamedTuple

import cv2
import numpy as np

from spade_anime.data.label_maps.colors import NONE

_SIDE = 64
_THICK = 5
"""A region is thicker than the side by ``_SIDE``, and than ``_THICK`` pixels."""
_FLAT = {1: 2, 3: 24}
"""How far the channels of one colour differ, by the thickness in units of the least one: a lossy format makes colours
uneven, and a wide soft edge is nearly flat where three colours meet."""
_ALIKE = 24


class Region(NamedTuple):
    """A region of a foreign colour: RGB, a pixel in it, and the pixels of its colour, bool (H, W)."""

    color: tuple[int, int, int]
    x: int
    y: int
    pixels: np.ndarray


def foreign_region(rgb: np.ndarray, codes: np.ndarray) -> Region | None:
    """The largest coherent region of one colour among the pixels without a class; None where they are but fringes.

    rgb: uint8 (H, W, 3). codes: uint8 (H, W), NONE where a pixel has no class.
    """
    stride = max(1, max(codes.shape) // (_SIDE * _THICK))
    small, loose = np.ascontiguousarray(rgb[::stride, ::stride]), (codes[::stride, ::stride] == NONE).astype(np.uint8)
    flat = np.zeros_like(loose)
    for times, span in _FLAT.items():
        flat |= _flat(small, loose, times * _THICK, span)
    if not flat.any():
        return None
    _, regions, stats, _ = cv2.connectedComponentsWithStats(flat)
    largest = regions == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    y, x = (int(v[len(v) // 2]) for v in np.nonzero(largest))
    color = np.median(small[largest], axis=0).astype(int)
    alike = (codes == NONE) & (abs(rgb.astype(np.int16) - color) <= _ALIKE).all(axis=2)
    return Region((int(color[0]), int(color[1]), int(color[2])), x * stride, y * stride, alike)


def _flat(rgb: np.ndarray, loose: np.ndarray, side: int, span: int) -> np.ndarray:
    """Where a square of ``side`` pixels has no class and channels that differ by ``span`` or less, uint8 (H, W)."""
    square = np.ones((side, side), np.uint8)
    # Beyond the border it is as at the border: a region that touches it is not thinner for that.
    inside = cv2.erode(loose, square, borderType=cv2.BORDER_REPLICATE)
    if inside.any():
        highest, lowest = (f(rgb, square, borderType=cv2.BORDER_REPLICATE) for f in (cv2.dilate, cv2.erode))
        inside &= ((highest - lowest).max(axis=2) <= span).astype(np.uint8)
    return inside
