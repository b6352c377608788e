"""Which colours are which class: a table of all RGB values, made once for a palette."""
import functools
from typing import NamedTuple

import cv2
import numpy as np

from spade_anime.data.palette import Palette

NONE = 255
"""The code of a colour that is no class's: a blend of two, or a foreign one."""

NEAR = 85
"""A colour is a class's own within this distance (RGB units), and a third of that to the nearest other class."""

_NEUTRAL = {'white': (255, 255, 255), 'black': (0, 0, 0)}
_COARSE = 16
"""Where every class has at least this radius, a table of 32 levels a channel is fine enough."""

_BLOCK = 1 << 15
"""Pixels that are looked up at a time: they stay in the processor's cache."""


class ColorTable(NamedTuple):
    """Codes of colours: first the palette's classes, then white and black where no class is near them.

    colors: float32 (M, 3), the colour of each code.
    neutral: name -> code of white and black.
    codes: uint8 (8 ** bits,), the code of a colour whose channels have ``bits`` bits, or NONE.
    """

    colors: np.ndarray
    neutral: dict[str, int]
    codes: np.ndarray
    bits: int

    def look_up(self, rgb: np.ndarray) -> np.ndarray:
        """Codes uint8 (...) of colours uint8 (..., 3)."""
        flat = np.ascontiguousarray(rgb).reshape(-1, 1, 3)
        codes = np.empty(len(flat), np.uint8)
        for start in range(0, len(flat), _BLOCK):
            block = flat[start:start + _BLOCK] >> 8 - self.bits
            red, green, blue = (plane[:, 0].astype(np.uint16 if 3 * self.bits <= 16 else np.int32)
                                for plane in cv2.split(block))
            self.codes.take(red << 2 * self.bits | green << self.bits | blue, out=codes[start:start + _BLOCK],
                            mode='wrap')
        return codes.reshape(rgb.shape[:-1])


@functools.lru_cache(maxsize=8)
def color_table(palette: Palette) -> ColorTable:
    """The table of a palette."""
    classes = palette.array.astype(np.float32)
    neutral = {name: color for name, color in _NEUTRAL.items()
               if np.linalg.norm(classes - np.array(color, np.float32), axis=1).min() > NEAR}
    colors = np.concatenate([classes, np.array(list(neutral.values()), np.float32).reshape(-1, 3)])
    radii = _radii(colors)
    bits = 5 if radii.min() >= _COARSE else 8
    codes = np.full((1 << bits,) * 3, NONE, np.uint8)
    for code, (color, radius) in enumerate(zip(colors, radii)):
        _fill(codes, code, color, radius, bits)
    return ColorTable(colors, {name: len(classes) + i for i, name in enumerate(neutral)}, codes.ravel(), bits)


def _radii(colors: np.ndarray) -> np.ndarray:
    apart = np.linalg.norm(colors[:, None] - colors, axis=2)
    np.fill_diagonal(apart, np.inf)
    return np.minimum(NEAR, apart.min(axis=1, initial=np.inf) / 3)


def _fill(codes: np.ndarray, code: int, color: np.ndarray, radius: float, bits: int) -> None:
    """Give the cells within ``radius`` of a colour its code."""
    step = 1 << 8 - bits
    low = np.maximum(color - radius, 0).astype(int) // step
    high = np.minimum(color + radius, 255).astype(int) // step + 1
    axes = [np.arange(a, b) * step + (step - 1) / 2 - value for a, b, value in zip(low, high, color)]
    distance = axes[0][:, None, None] ** 2 + axes[1][:, None] ** 2 + axes[2] ** 2
    box = codes[low[0]:high[0], low[1]:high[1], low[2]:high[2]]
    # The middle of a cell may lie beyond a radius that its colour does not.
    box[distance <= (radius + (step - 1) / 2) ** 2] = code


def counted(codes: np.ndarray) -> np.ndarray:
    """How many pixels have each code: float32 (256,) of uint8 (H, W)."""
    return cv2.calcHist([codes], [0], None, [NONE + 1], [0, NONE + 1]).ravel()


def border(codes: np.ndarray) -> np.ndarray:
    """The outermost pixels (n, 1) of (H, W)."""
    return np.concatenate([codes[0], codes[-1], codes[:, 0], codes[:, -1]])[:, None]
