"""Labels painted in the colours of a palette: pure colours, fringes between them, and what is refused."""
import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.data.label_maps.colors import NONE, ColorTable, border, color_table, counted
from spade_anime.data.label_maps.foreign import Region, foreign_region
from spade_anime.data.label_maps.fringes import settled
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import Palette

MAX_FRINGE = 0.75
"""A picture with a larger share of pixels that have no class's colour is no label."""

_OFF, _CLEARLY = 110, 0.45
"""A whole region is a class's, if somewhat off, within this distance (RGB units) and this part of that to any other."""

_SHADES = 8
"""Regions of colours that are somewhat off are looked for so often; what is left then are fringes."""

FRINGE = 'soft or lossy edges, whose pixels take the class that they mostly are'
OFF = 'a colour that is somewhat off is read as the class nearest to it'


def classes_of_colors(rgb: np.ndarray, painted: np.ndarray | None, source: object,
                      palette: Palette) -> tuple[np.ndarray, list[Note]]:
    """Classes uint8 (H, W) of colours uint8 (H, W, 3), and what was repaired.

    ``painted``: bool (H, W), or None; the rest is background. Raises DataError.
    """
    table, count = color_table(palette), len(palette.names)
    codes = table.look_up(rgb)
    if painted is not None:
        codes[~painted] = palette.background
    if codes.max() < count:
        return codes, []
    notes = _neutral_settled(codes, table, count)
    notes += _regions_settled(rgb, codes, source, palette)
    fringe = float((codes == NONE).mean())
    if fringe:
        if fringe > MAX_FRINGE:
            raise DataError(_refusal(source, fringe, _first(rgb, codes), palette))
        codes = settled(rgb, codes, table.colors, palette.foreground)
        notes.append(Note(FRINGE, fringe))
    codes[codes >= count] = palette.background
    return codes, notes


def _neutral_settled(codes: np.ndarray, table: ColorTable, count: int) -> list[Note]:
    """Keep the code of white or black if it is the picture's border colour, to be read as background; else take it."""
    notes = []
    counts, outside = counted(codes), int(counted(border(codes))[:NONE].argmax())
    for name, code in table.neutral.items():
        if code == outside and counts[:count].any():
            notes.append(Note(f'{name} all round, which no class has, is read as background',
                              float(counts[code] / codes.size)))
        elif counts[code]:
            codes[codes == code] = NONE
    return notes


def _regions_settled(rgb: np.ndarray, codes: np.ndarray, source: object, palette: Palette) -> list[Note]:
    """Give regions of colours that are somewhat off their class. Raises DataError at one that is foreign."""
    off = 0.0
    for _ in range(_SHADES):
        region = foreign_region(rgb, codes)
        if region is None:
            break
        nearest = _class_of_off_color(region, palette)
        if nearest is None:
            raise DataError(_refusal(source, float(region.pixels.mean()), region, palette))
        codes[region.pixels] = nearest
        off += float(region.pixels.mean())
    return [Note(OFF, off)] if off else []


def _class_of_off_color(region: Region, palette: Palette) -> int | None:
    """The class that a region's colour is clearly the nearest to, or None."""
    distances = np.linalg.norm(palette.array.astype(float) - region.color, axis=1)
    nearest, *others = np.sort(distances)
    return int(distances.argmin()) if nearest <= min(_OFF, _CLEARLY * min(others, default=np.inf)) else None


def _first(rgb: np.ndarray, codes: np.ndarray) -> Region:
    """The first pixel without a class."""
    loose = codes == NONE
    y, x = (int(v) for v in np.unravel_index(loose.argmax(), loose.shape))
    red, green, blue = (int(v) for v in rgb[y, x])
    return Region((red, green, blue), x, y, loose)


def _refusal(source: object, share: float, region: Region, palette: Palette) -> str:
    return (f'{source}: {100 * share:.3g} % of the label has colours of no class, as {region.color} at x={region.x}, '
            f'y={region.y}; the palette is {palette.text()}')
