"""Strips: the pictures of a sample as squares side by side in one file."""
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.squares import Squared, is_strip

IMAGE_FIRST = 'image', 'label', 'color'
LABEL_FIRST = 'label', 'image', 'color'
"""Orders of the squares. The first is expected, the other read where the label is found so."""

WIDEST_GAP = 1 / 8
"""Of the side of a square: what divides squares further apart may be a picture."""
_EVEN = 32
"""A gap is of one colour where its channels are this near to their medians (0..255, on the average): lossy formats
leave traces of the squares in it."""

GAPS = Note('the squares of the strip have gaps between them, which are left out')


class Strip(NamedTuple):
    """The squares of a strip, from the left, and what was repaired."""

    squares: list[Squared]
    notes: tuple[Note, ...] = ()


def split_strip(picture: Image.Image, source: object) -> Strip:
    """Cut a strip into its squares, three or two. Gaps between them and a frame around them, of one colour, are left
    out.

    Raises:
        DataError: the width is neither three nor two times the height, and no such gaps explain it.
    """
    width, height = picture.size
    if is_strip(width, height):
        return Strip(list(_cut(picture, source, height, 0, 0)))
    for side, gap, frame in _spacings(width, height):
        squares = list(_cut(picture, source, side, gap, frame))
        if _even_around(np.asarray(picture.convert('RGBA')), side, gap, frame):
            return Strip(squares, (GAPS,))
    raise DataError(f'{source}: a strip has to be 3 x as wide as high (image | label | color) or 2 x (image | label), '
                    f'but for even gaps of one colour, found {width} x {height}; allowed besides are pictures in the '
                    'folders image and label, which label.py --images makes of drawings without label maps')


def _spacings(width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Sides of squares, gaps between them and frames around them, in pixels, that make up a strip's size."""
    for count in (3, 2):
        spare = width - count * height
        gap, rest = divmod(abs(spare), count - 1)
        # A frame as wide as the gaps makes the strip higher as well: with it the width is less than the squares'.
        side, frame = (height, 0) if spare > 0 else (height - 2 * gap, gap)
        if not rest and 0 < gap <= WIDEST_GAP * side:
            yield side, gap, frame


def _cut(picture: Image.Image, source: object, side: int, gap: int, frame: int) -> Iterator[Squared]:
    for left in range(frame, picture.width - frame - side + 1, side + gap):
        yield Squared(picture.crop((left, frame, left + side, frame + side)), source, (side, side))


def _even_around(pixels: np.ndarray, side: int, gap: int, frame: int) -> bool:
    """Whether the pixels (H, W, 4) uint8 outside the squares have one colour."""
    outside = np.ones(pixels.shape[:2], bool)
    for left in range(frame, pixels.shape[1] - frame - side + 1, side + gap):
        outside[frame:frame + side, left:left + side] = False
    seen = pixels[outside].astype(int)
    return bool(np.abs(seen - np.median(seen, axis=0)).mean(axis=0).max() <= _EVEN)
