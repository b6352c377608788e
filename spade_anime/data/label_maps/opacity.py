"""What of a label is painted: opacity relative to the file's own, and colours stored multiplied by it."""
import cv2
import numpy as np
from PIL import Image

from spade_anime.data.label_maps.colors import ColorTable
from spade_anime.data.label_maps.notes import Note

_SPECK = 0.001
"""The strongest opacity is one that this share of the painted pixels reaches: single specks do not decide."""

_FAINT, _THICK = 0.005, 5
"""Colours fainter than half are worth a line where they cover this share in squares of so many pixels: no soft edge."""

FAINT = 'what is less than half as opaque as the rest of its label is read as background'


def opacity_of(picture: Image.Image) -> np.ndarray | None:
    """Opacity uint8 (H, W) of a picture of any mode; None where everything is opaque."""
    if picture.mode in ('LA', 'PA', 'RGBA', 'La', 'RGBa'):
        alpha = np.asarray(picture)[:, :, -1]
    elif 'transparency' in picture.info and not picture.mode.startswith(('I', 'F')):
        alpha = np.asarray(picture.convert('RGBA'))[:, :, 3]
    else:
        return None
    return None if alpha.min() == 255 else alpha


def painted(alpha: np.ndarray) -> tuple[np.ndarray, list[Note]]:
    """Where a label is painted, bool (H, W): at half of its own strongest opacity or more; the rest is background.

    ``alpha``: uint8 (H, W). A layer at 30 % opacity is so read as one at 100 %, and soft edges end in their middle.
    """
    counts = np.bincount(alpha.ravel(), minlength=256)
    counts[0] = 0
    reached = counts[::-1].cumsum()[::-1]
    strongest = int(np.flatnonzero(reached >= max(1, _SPECK * counts.sum())).max(initial=0))
    if not strongest:
        return np.zeros(alpha.shape, bool), []
    enough, hardly = (strongest + 1) // 2, strongest // 16
    faint = cv2.inRange(alpha, hardly, enough - 1) if hardly < enough else np.zeros_like(alpha)
    share = float((cv2.erode(faint, np.ones((_THICK, _THICK), np.uint8)) > 0).mean())
    return alpha >= enough, [Note(FAINT, share)] if share > _FAINT else []


def straight(rgb: np.ndarray, alpha: np.ndarray, table: ColorTable) -> np.ndarray:
    """Colours (H, W, 3) uint8 that are not multiplied by their opacity.

    No file says whether they are. They were where none is brighter than its opacity, and dividing brings them nearer to
    the colours of classes.
    """
    part = (alpha > 0) & (alpha < 255)
    colors, opacity = rgb[part].astype(np.float32), alpha[part].astype(np.float32)[:, None]
    if not part.any() or (colors > opacity + 1).any():
        return rgb
    divided = np.minimum(np.rint(colors * 255 / opacity), 255)
    if _off(divided, table) >= _off(colors, table):
        return rgb
    rgb = rgb.copy()
    rgb[part] = divided.astype(np.uint8)
    return rgb


def _off(colors: np.ndarray, table: ColorTable) -> float:
    """Mean distance of some colours (N, 3) to the nearest of the table."""
    some = colors[::max(1, len(colors) // 4096)]
    return float(np.linalg.norm(some[:, None] - table.colors, axis=2).min(axis=1).mean())
