"""The five label colours, and the conversion of a picture of them to a one-hot label and back."""
import numpy as np

from spade_anime.data.errors import DataError

COLORS = {
    'eye': (255, 0, 0),
    'face': (0, 255, 0),
    'hair': (0, 0, 255),
    'other': (255, 0, 255),
    'background': (255, 255, 0),
}
"""Name -> RGB, in the order of the class indexes 0..4; the first four are the channels of a label."""

NAMES = tuple(COLORS)
PALETTE = np.array(list(COLORS.values()), dtype=np.uint8)
EYE, FACE, HAIR, OTHER, BACKGROUND = range(5)
CHANNELS = 4
"""Channels of a label: background has none, it is where all four are zero."""

ON = 0.4
"""A colour channel of a label picture counts as on above this share of full brightness."""

MAX_STRAY = 0.005
"""A label with this share or more of pixels in colours of no class is refused."""

_STRAY = 255
# Index 4 r + 2 g + b of the thresholded colour -> class; black, cyan and white belong to none.
_CLASS_OF_BITS = np.array([_STRAY, HAIR, FACE, _STRAY, EYE, OTHER, BACKGROUND, _STRAY], dtype=np.uint8)


def palette_text() -> str:
    """Return the palette as messages show it: ``eye (255, 0, 0), face (0, 255, 0), ...``."""
    return ', '.join(f'{name} {color}' for name, color in COLORS.items())


def classes_from_rgb(rgb: np.ndarray, source: object = 'label') -> tuple[np.ndarray, float]:
    """Find the class of each pixel of a label picture.

    Args:
        rgb: uint8 (H, W, 3). A channel counts as on above 0.4 of full brightness: colours may be somewhat
        off. source: the file, for the message.

    Returns:
        uint8 (H, W) of class indexes 0..4, and the share (0..1) of stray pixels: those whose thresholded
        colour is black, cyan or white, which no class has. Strays take the nearest palette colour.

    Raises:
        DataError: 0.5 % or more of the pixels are strays.
    """
    on = (rgb > ON * 255).view(np.uint8)
    classes = _CLASS_OF_BITS[on[:, :, 0] * 4 + on[:, :, 1] * 2 + on[:, :, 2]]
    stray = classes == _STRAY
    share = float(stray.mean())
    if share >= MAX_STRAY:
        y, x = (int(v) for v in np.argwhere(stray)[0])
        color = tuple(int(v) for v in rgb[y, x])
        raise DataError(
            f'{source}: {100 * share:.3g} % of the label has colours of no class (allowed is less than '
            f'{100 * MAX_STRAY:g} %), first at x={x}, y={y}: {color}; the palette is {palette_text()}')
    if share > 0:
        classes[stray] = nearest_classes(rgb[stray])
    return classes, share


def nearest_classes(rgb: np.ndarray) -> np.ndarray:
    """Return the class (N,) of the palette colour nearest to each of the colours uint8 (N, 3).

    Equally near colours go to the higher class index, so that a dark or white speck never becomes an eye.
    """
    difference = rgb[:, None].astype(np.int32) - PALETTE[::-1].astype(np.int32)
    return (BACKGROUND - (difference ** 2).sum(axis=2).argmin(axis=1)).astype(np.uint8)


def one_hot(classes: np.ndarray) -> np.ndarray:
    """Turn class indexes (H, W) in 0..4 into a label (4, H, W), float32 in {0, 1}; background is all zero."""
    return (classes == np.arange(CHANNELS, dtype=np.uint8)[:, None, None]).astype(np.float32)


def label_to_rgb(label: np.ndarray) -> np.ndarray:
    """Paint a label (4, H, W) in palette colours, uint8 (H, W, 3); no channel on is background."""
    classes = np.where(label.max(axis=0) > 0.5, label.argmax(axis=0), BACKGROUND)
    return PALETTE[classes]
