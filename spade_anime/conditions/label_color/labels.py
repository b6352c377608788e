"""Reading label pictures: colours, palettes, and files of class indexes."""
import cv2
import numpy as np
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.images import WIDE_GREY, pixels
from spade_anime.data.palette import BACKGROUND, NAMES, PALETTE, classes_from_rgb


def classes_from(picture: Image.Image, source: object, size: int) -> tuple[np.ndarray, float]:
    """Turn a square label picture into class indexes uint8 (size, size) in 0..4, and its share of strays.

    Understood are colours, palette pictures, and grey pictures of class indexes: 0 eye, 1 face, 2 hair, 3
    other, 4 background, the order of a label's channels. What is less than half opaque is background.

    Raises:
        DataError: too many stray pixels, or a grey picture that holds other values.
    """
    if _holds_indexes(picture):
        classes, stray = _from_indexes(np.asarray(picture), source), 0.0
    else:
        rgb, alpha = pixels(picture)
        if alpha is not None:
            rgb = np.where(alpha[:, :, None] < 128, PALETTE[BACKGROUND], rgb)
        classes, stray = classes_from_rgb(rgb, source)
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


def _from_indexes(values: np.ndarray, source: object) -> np.ndarray:
    meaning = 'a grey label holds class indexes (' + ', '.join(f'{i} {n}' for i, n in enumerate(NAMES)) + ')'
    # Pillow gives a 1-bit picture as booleans, which stand for 0 and 255.
    values = values * 255 if values.dtype == bool else values
    wrong = (values < 0) | (values > BACKGROUND)
    if wrong.any():
        y, x = (int(v) for v in np.argwhere(wrong)[0])
        raise DataError(f'{source}: {meaning}, found {int(values[y, x])} at x={x}, y={y}')
    if not values.any():
        raise DataError(f'{source}: {meaning}, found 0 everywhere, as in a blank file')
    return values.astype(np.uint8)
