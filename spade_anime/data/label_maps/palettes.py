"""Pictures with a palette of their own, whose colours or whose indexes may be what was meant."""
import numpy as np
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.label_maps.colors import NONE, color_table, counted
from spade_anime.data.label_maps.indexes import classes_of_greys, classes_of_indexes, index_text, with_void
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import Palette
from spade_anime.data.profiles import in_srgb

_SURE = 48
"""A palette's colour this near (RGB units) to that of a class was chosen to be it."""


def palette_colors(picture: Image.Image) -> np.ndarray:
    """The 256 colours (256, 3) uint8 of a picture's palette, in sRGB; what it lacks is black."""
    listed = np.array(picture.getpalette('RGB') or [], np.uint8).reshape(-1, 3)[:256]
    return in_srgb(np.concatenate([listed, np.zeros((256 - len(listed), 3), np.uint8)])[None], picture)[0]


def classes_by_index(indexes: np.ndarray, painted: np.ndarray | None, colors: np.ndarray, source: object,
                     palette: Palette) -> tuple[np.ndarray, list[Note]] | None:
    """Classes uint8 (H, W) of a picture with a palette, and what was repaired; None where it is to be read by colour.

    By colour where every colour that occurs is one of the project's (or white or black beside them); else by index
    where the indexes fit and none has the colour of another class. A palette of greys is read as a grey picture.

    Args:
        indexes: (H, W) uint8.
        painted: bool (H, W), or None; the rest is background.
        colors: (256, 3) uint8, the picture's palette.

    Raises:
        DataError: the indexes say one thing, and the palette another.
    """
    used = np.flatnonzero(counted(indexes if painted is None else indexes[painted][:, None]))
    by_number = classes_of_indexes(used, palette)
    with_background = with_void(used, by_number, palette)
    by_number = by_number if with_background is None else with_background
    fits = bool((by_number != NONE).all())
    shades = _shades(colors[used])
    found = None if shades is None else classes_of_greys(colors[indexes][:, :, 0], painted, source, palette)
    if shades is not None and found is not None:
        by_shade, _ = classes_of_greys(shades[None], None, source, palette) or (by_number[None], [])
        if fits:
            _check_agreement(used, colors, by_shade[0], by_number, source, palette)
        return found
    if not fits or _meant_by_color(used, colors, by_number, source, palette):
        return None
    return classes_of_greys(indexes, painted, source, palette)


def _shades(colors: np.ndarray) -> np.ndarray | None:
    """The values (n,) of colours (n, 3) that are all grey and all different; None where they are not."""
    grey = (colors == colors[:, :1]).all()
    return colors[:, 0] if grey and len(np.unique(colors[:, 0])) == len(colors) else None


def _meant_by_color(used: np.ndarray, colors: np.ndarray, by_number: np.ndarray, source: object,
                    palette: Palette) -> bool:
    """Whether all colours of the indexes ``used`` are classes or neutral; by number they are ``by_number``."""
    table, count = color_table(palette), len(palette.names)
    codes = table.look_up(colors[used])
    if (codes != NONE).all() and (codes < count).any():
        return True
    distance = np.linalg.norm(table.colors[np.where(codes < count, codes, 0)] - colors[used], axis=1)
    sure = (codes < count) & (distance <= _SURE)
    _check_agreement(used, colors, np.where(sure, codes, by_number), by_number, source, palette)
    return False


def _check_agreement(used: np.ndarray, colors: np.ndarray, by_color: np.ndarray, by_number: np.ndarray,
                     source: object, palette: Palette) -> None:
    """Raise DataError where the classes (n,) of colours and of numbers differ, showing both readings."""
    differ = np.flatnonzero(by_color != by_number)
    if differ.size:
        red, green, blue = (int(v) for v in colors[used[differ[0]]])
        raise DataError(
            f'{source}: its palette and its indexes say different things: index {used[differ[0]]}, '
            f'({red}, {green}, {blue}), is {palette.names[by_color[differ[0]]]} by colour and '
            f'{palette.names[by_number[differ[0]]]} by index; save it in RGB, where {palette.text()} are allowed, or '
            f'in grey, where {index_text(palette)} are')
