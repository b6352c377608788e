"""Reading label pictures at the size that is trained or painted."""
import cv2
import numpy as np
from PIL import Image

from spade_anime.data.label_maps.notes import Note
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import Palette


def classes_from(picture: Image.Image, source: object, size: int,
                 palette: Palette) -> tuple[np.ndarray, tuple[Note, ...]]:
    """Turn a square label picture into positions of classes uint8 (size, size), and what was repaired in reading it.

    ``source``: what messages call it. Raises DataError, as ``read_classes`` does.
    """
    classes, notes = read_classes(picture, source, palette)
    if classes.shape[0] != size:
        classes = cv2.resize(classes, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return classes, notes
