"""Reading label pictures: colours, palettes, and files of class indexes."""
import cv2
import numpy as np
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.images import WIDE_GREY, pixels
from spade_anime.data.palette import BACKGROUND, EYE, FACE, FIVE, HAIR, OTHER, Palette

ON = 0.4
"""A colour channel of a label picture counts as on above this share of full brightness."""

MAX_STRAY = 0.005
"""A label with this share or more of pixels in colours of no class is refused."""

NEAR = 64
"""A colour belongs to the nearest of other palettes than the five if it is no farther in RGB."""

_STRAY = 255
# Index 4 r + 2 g + b of the thresholded colour -> class; black, cyan and white belong to none.
_CLASS_OF_BITS = np.array([_STRAY, HAIR, FACE, _STRAY, EYE, OTHER, BACKGROUND, _STRAY], dtype=np.uint8)


def classes_from(picture: Image.Image, source: object, size: int, palette: Palette) -> tuple[np.ndarray, float]:
    """Turn a square label picture into positions of classes uint8 (size, size), and its share of strays.

    Understood are colours, palette pictures, and grey pictures of the ``indexes`` of the palette. What is less than
    half opaque is background.

    Raises:
        DataError: too many stray pixels, or a grey picture that holds other values.
    """
    if _holds_indexes(picture):
        classes, stray = _from_indexes(np.asarray(picture), source, palette), 0.0
    else:
        rgb, alpha = pixels(picture)
        if alpha is not None:
            rgb = np.where(alpha[:, :, None] < 128, palette.array[palette.background], rgb)
        classes, stray = classes_from_rgb(rgb, source, palette)
    if classes.shape[0] != size:
        classes = cv2.resize(classes, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return classes, stray


def _holds_indexes(picture: Image.Image) -> bool:
    """Tell whether values are class indexes: grey pictures, and palettes that show index i as grey i."""
    if picture.mode in ('1', 'L', *WIDE_GREY):
        return True
    if picture.mode != 'P' or 'transparency' in picture.info:
        return False
    return bool((np.asarray(picture.convert('RGB')) == np.asarray(picture)[:, :, None]).all())


def _from_indexes(values: np.ndarray, source: object, palette: Palette) -> np.ndarray:
    named = ', '.join(f'{index} {name}' for index, name in zip(palette.indexes, palette.names))
    meaning = f'a grey label holds class indexes ({named})'
    # Pillow gives a 1-bit picture as booleans, which stand for 0 and 255.
    values = values * 255 if values.dtype == bool else values
    wrong = ~np.isin(values, palette.indexes)
    if wrong.any():
        y, x = (int(v) for v in np.argwhere(wrong)[0])
        raise DataError(f'{source}: {meaning}, found {int(values[y, x])} at x={x}, y={y}')
    if not values.any():
        raise DataError(f'{source}: {meaning}, found 0 everywhere, as in a blank file')
    order = np.argsort(palette.indexes)
    return order[np.searchsorted(palette.indexes, values, sorter=order)].astype(np.uint8)


def classes_from_rgb(rgb: np.ndarray, source: object = 'label', palette: Palette = FIVE) -> tuple[np.ndarray, float]:
    """Find the class of each pixel of a label picture.

    Args:
        rgb: uint8 (H, W, 3). Of the five, a channel counts as on above 0.4 of full brightness.
        source: the file, for the message.
        palette: the classes.

    Returns:
        uint8 (H, W) of positions of classes, and the share (0..1) of stray pixels, whose colour is of no class. Strays
        take the nearest palette colour.

    Raises:
        DataError: 0.5 % or more of the pixels are strays.
    """
    if palette.colors == FIVE.colors:
        on = (rgb > ON * 255).view(np.uint8)
        classes = _CLASS_OF_BITS[on[:, :, 0] * 4 + on[:, :, 1] * 2 + on[:, :, 2]]
        stray = classes == _STRAY
    else:
        classes = nearest_classes(rgb.reshape(-1, 3), palette).reshape(rgb.shape[:2])
        stray = np.linalg.norm(rgb - palette.array[classes].astype(np.float32), axis=2) > NEAR
    share = float(stray.mean())
    if share >= MAX_STRAY:
        y, x = (int(v) for v in np.argwhere(stray)[0])
        color = tuple(int(v) for v in rgb[y, x])
        raise DataError(
            f'{source}: {100 * share:.3g} % of the label has colours of no class (allowed is less than '
            f'{100 * MAX_STRAY:g} %), first at x={x}, y={y}: {color}; the palette is {palette.text()}')
    if share > 0:
        classes[stray] = nearest_classes(rgb[stray], palette)
    return classes, share


def nearest_classes(rgb: np.ndarray, palette: Palette = FIVE) -> np.ndarray:
    """Return the class (N,) of the palette colour nearest to each of the colours uint8 (N, 3).

    Equally near colours go to the later class, so that a dark or white speck never becomes an eye.
    """
    difference = rgb[:, None].astype(np.int32) - palette.array[::-1].astype(np.int32)
    return (len(palette.names) - 1 - (difference ** 2).sum(axis=2).argmin(axis=1)).astype(np.uint8)
