"""Pixels between two colours, as soft brushes, resizing and lossy formats leave them: which class they mostly are."""
from collections.abc import Sequence

import cv2
import numpy as np

from spade_anime.data.label_maps.colors import NONE

_REACH = 64
"""Classes are looked for up to this fraction of the side away, but at least ``_LEAST`` pixels."""
_LEAST = 2
_RINGS = 4
_CANDIDATES = 3
_UNLIKE, _LIKE = 64, 24
"""A colour is not explained by a blend further away than the first (RGB units), and is by one nearer than the other."""
_SPECK = 2
_CHUNK = 1 << 18
"""Pixels that are settled at a time, so that a large picture takes little memory."""


def settled(rgb: np.ndarray, codes: np.ndarray, colors: np.ndarray, foreground: Sequence[int]) -> np.ndarray:
    """Give each pixel without a class one: of the classes near it, the one that its colour is mostly made of.

    A pixel between eye and face so becomes one of the two, even where the blend of both looks like a third class.
    Where no class is near, in a wide soft edge, it takes that of the nearest pixel that has one.

    Args:
        rgb: uint8 (H, W, 3).
        codes: uint8 (H, W), rows of ``colors`` or NONE; at least one pixel has a class.
        colors: float32 (M, 3).
        foreground: the codes of classes but the background.

    Returns:
        uint8 (H, W) without NONE.
    """
    codes = _without_specks(codes, [code for code in range(len(colors)) if code not in foreground])
    settled_codes, places = codes.copy(), np.flatnonzero(codes == NONE)
    offsets = _offsets(max(codes.shape))
    reach = int(abs(offsets).max())
    around = cv2.copyMakeBorder(codes, reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=NONE)
    for start in range(0, len(places), _CHUNK):
        y, x = np.divmod(places[start:start + _CHUNK], codes.shape[1])
        near = _near(around, y + reach, x + reach, offsets)
        blend = rgb[y, x].astype(np.float32)
        code, off = _mostly(blend, near, colors)
        settled_codes[y, x] = _small_part(blend, code, off, colors, foreground)
    return _filled(settled_codes)


def _without_specks(codes: np.ndarray, backgrounds: Sequence[int]) -> np.ndarray:
    """Codes (H, W) with NONE for one or two pixels of background in a fringe: what a lossy format makes of one."""
    background = np.isin(codes, backgrounds).astype(np.uint8)
    alike = cv2.boxFilter(background, -1, (3, 3), normalize=False, borderType=cv2.BORDER_REPLICATE)
    fringe = cv2.dilate((codes == NONE).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.where((background & fringe > 0) & (alike <= _SPECK), NONE, codes).astype(np.uint8)


def _offsets(side: int) -> np.ndarray:
    """Steps (n, 2) in eight directions, the nearest first."""
    rings = np.unique(np.rint(np.geomspace(1, max(_LEAST, side / _REACH), _RINGS)).astype(int))
    directions = np.array([(0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, -1), (-1, 1)])
    return np.concatenate([radius * directions for radius in rings])


def _near(around: np.ndarray, y: np.ndarray, x: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The first different codes (_CANDIDATES, N) that are met at the offsets, NONE where there are fewer."""
    near = np.full((_CANDIDATES, len(y)), NONE, np.uint8)
    flat, place = around.ravel(), y * around.shape[1] + x
    for dy, dx in offsets:
        met = flat[place + (dy * around.shape[1] + dx)]
        for row in near:
            free = (row == NONE) & (met != NONE)
            row[free] = met[free]
            met[met == row] = NONE
    return near


def _mostly(rgb: np.ndarray, near: np.ndarray, colors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The larger part of the blend of the nearest code and another near one that is nearest to colours (N, 3).

    ``near``: (_CANDIDATES, N). Returns codes (N,), and how far the colours are from these blends (N,).
    """
    chosen, least = near[0].copy(), np.full(len(rgb), np.inf, np.float32)
    for row in near:
        known = np.flatnonzero(row != NONE)
        nearest, other = near[0, known], row[known]
        part, off = _blend(rgb[known], colors[nearest], colors[other])
        better = off < least[known] - 1
        least[known[better]] = off[better]
        chosen[known[better]] = np.where(part > 0.5, other, nearest)[better]
    return chosen, least


def _blend(rgb: np.ndarray, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part (N,) of ``other`` in the blend with ``one`` that is nearest to a colour, and the distance (N,) to it."""
    way = other - one
    part = np.clip(((rgb - one) * way).sum(1) / np.maximum((way * way).sum(1), 1), 0, 1)
    return part, np.linalg.norm(rgb - one - part[:, None] * way, axis=1)


def _small_part(rgb: np.ndarray, codes: np.ndarray, off: np.ndarray, colors: np.ndarray,
                foreground: Sequence[int]) -> np.ndarray:
    """Codes (N,), but for a colour that no blend of near ones explains a class that does, though it is nowhere pure.

    Eyes of a few pixels are so found in a blurred label: their colour is eye and face, and no eye is near. Background
    is never found so.
    """
    lost = np.flatnonzero((off > _UNLIKE) & (codes != NONE))
    codes = codes.copy()
    least = np.full(len(lost), _LIKE, np.float32)
    around = codes[lost]
    for code in foreground:
        part, distance = _blend(rgb[lost], colors[around], colors[[code]])
        better = (part > 0.5) & (distance < least)
        codes[lost[better]] = code
        least[better] = distance[better]
    return codes


def _filled(codes: np.ndarray) -> np.ndarray:
    """Give what is left without a class that of the nearest pixel that has one."""
    left = codes == NONE
    if not left.any():
        return codes
    _, nearest = cv2.distanceTransformWithLabels(
        left.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL)
    code_of = np.zeros(int(nearest.max()) + 1, np.uint8)
    code_of[nearest[~left]] = codes[~left]
    return np.where(left, code_of[nearest], codes)
