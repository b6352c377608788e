"""Pictures that are not square: refused, cropped or padded."""
from typing import NamedTuple

import numpy as np
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.images import MAX_PIXELS, as_picture
from spade_anime.data.options import FITS

NEARLY = 0.01
"""A picture whose sides differ by this share of the longer one, or by one pixel, is cropped whatever ``--fit`` says."""

Window = tuple[slice, slice]
"""Rows and columns of a square array that show the picture, and not its padding."""


class Squared(NamedTuple):
    """A square picture, and what it was made of.

    Attributes:
        picture: square.
        source: what messages call it.
        size: width and height before it was made square, in pixels.
        padded: whether it was padded.
    """

    picture: Image.Image
    source: object
    size: tuple[int, int]
    padded: bool = False

    def window(self, size: int) -> Window | None:
        """Where the picture is once it is scaled to ``size`` px; None where it has no padding."""
        if not self.padded:
            return None
        kept = [max(1, round(size * length / max(self.size))) for length in reversed(self.size)]
        rows, columns = (slice((size - length) // 2, (size - length) // 2 + length) for length in kept)
        return rows, columns


def open_square(value: object, what: str, fit: str = 'none') -> Squared:
    """A picture, as ``as_picture`` takes it, as a square one.

    Args:
        value: path, picture or array.
        what: it is, for messages.
        fit: one of ``FITS``.

    Raises:
        DataError: it cannot be read, or is not square and ``fit`` is 'none'.
    """
    if fit not in FITS:
        raise DataError(f'--fit {fit!r}: allowed are {", ".join(FITS)}')
    picture, source = as_picture(value, what)
    width, height = picture.size
    if abs(width - height) <= max(1, NEARLY * max(width, height)) or fit == 'crop':
        return Squared(middle_square(picture), source, picture.size)
    if fit == 'pad':
        return Squared(_padded(picture, source), source, picture.size, True)
    strips = {2: 'an image | label strip', 3: 'an image | label | color strip'}
    looks = f', like {strips[width // height]}' if is_strip(width, height) else ''
    raise DataError(f'{source}: the {what} has to be square, found {width} x {height}{looks}; allowed besides is '
                    '--fit crop, which takes the square in the middle, or --fit pad, which adds a border')


def same_shape(first: Squared, second: Squared) -> bool:
    """Whether two pictures had the same proportions before they were made square, to ``NEARLY`` or a pixel."""
    (a, b), (c, d) = first.size, second.size
    return abs(a * d - b * c) <= max(NEARLY * max(a * d, b * c), a, b, c, d)


def middle_square(picture: Image.Image) -> Image.Image:
    """Cut the largest square out of the middle of a picture."""
    width, height = picture.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    return picture if width == height else picture.crop((left, top, left + edge, top + edge))


def is_strip(width: int, height: int) -> bool:
    """Whether a picture of this size is two or three squares side by side."""
    return width in (2 * height, 3 * height)


def cut_padding(classes: np.ndarray, window: Window | None, background: int) -> np.ndarray:
    """Class indexes (S, S), where outside the window all is background."""
    if window is None:
        return classes
    cut = np.full_like(classes, background)
    cut[window] = classes[window]
    return cut


def _padded(picture: Image.Image, source: object) -> Image.Image:
    """The picture in the middle of a square, its outermost rows or columns repeated to the border.

    Repeating keeps its colours, its palette and what lies at its border, by which a label is understood.
    """
    width, height = picture.size
    edge = max(width, height)
    if edge * edge > MAX_PIXELS:
        raise DataError(f'{source}: {width} x {height} would be padded to {edge} x {edge} pixels, more than the '
                        f'{MAX_PIXELS:,} allowed; --fit crop takes the square in the middle')
    left, top = (edge - width) // 2, (edge - height) // 2
    # A crop that reaches beyond the picture has its mode, its palette and its notes.
    square = picture.crop((-left, -top, edge - left, edge - top))
    if width > height:
        borders = (((0, 0, edge, 1), (0, 0, edge, top)),
                   ((0, height - 1, edge, height), (0, top + height, edge, edge)))
    else:
        borders = (((0, 0, 1, edge), (0, 0, left, edge)),
                   ((width - 1, 0, width, edge), (left + width, 0, edge, edge)))
    for line, place in borders:
        size = place[2] - place[0], place[3] - place[1]
        if all(size):
            square.paste(picture.crop(line).resize(size, Image.Resampling.NEAREST), place)
    return square
