"""Labels whose values are class indexes, in grey, in equal red, green and blue, or as levels of grey."""
from typing import NoReturn

import numpy as np

from spade_anime.data.errors import DataError
from spade_anime.data.label_maps.colors import NONE, color_table
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import Palette

_APART = 8
"""Levels of grey closer than this are no indexes spread over the range from black to white."""

VOID = 255, 65535
"""Indexes that labelling tools write where there is no label."""

_DOUBLED = 257
"""What programs that save 8 bits as 16 multiply by: both bytes are the value."""

SPREAD = Note('levels of grey from black to white are read as class indexes')


def index_text(palette: Palette) -> str:
    """The indexes as messages show them: ``0 eye, 1 face, ...``."""
    return ', '.join(f'{index} {name}' for index, name in sorted(zip(palette.indexes, palette.names)))


def classes_of_indexes(values: np.ndarray, palette: Palette) -> np.ndarray:
    """The class uint8 (...) of each index (...) of any type, NONE where no class has it."""
    known = np.full(max(palette.indexes) + 2, NONE, np.uint8)
    known[list(palette.indexes)] = range(len(palette.names))
    inside = np.clip(values, -1, len(known) - 1)
    if inside.dtype.kind != 'f':
        return known[inside]
    whole = np.nan_to_num(inside, nan=-1).astype(np.int64)
    return np.where(whole == inside, known[whole], np.uint8(NONE))


def with_void(values: np.ndarray, classes: np.ndarray, palette: Palette) -> np.ndarray | None:
    """Classes (...) of indexes (...), where ``VOID`` ones that no class has are background; None where there are none.

    Two other classes have to be there, and nothing else that is no index: a mask of 0 and 255 is no label.
    """
    unknown = classes == NONE
    known = classes[~unknown]
    if not unknown.any() or not np.isin(values[unknown], VOID).all() or not (known != known[:1]).any():
        return None
    return np.where(unknown, np.uint8(palette.background), classes)


def classes_of_greys(values: np.ndarray, painted: np.ndarray | None, source: object,
                     palette: Palette) -> tuple[np.ndarray, list[Note]] | None:
    """Classes uint8 (H, W) of grey values that are indexes, and what was repaired; None where they are none.

    values: (H, W), of any type of numbers. painted: bool (H, W), or None; the rest is background.

    Raises DataError for a file that is 0 everywhere, as a blank one is, unless 0 is the background.
    """
    notes: list[Note] = []
    seen = values if painted is None else values[painted]
    classes = classes_of_indexes(seen, palette)
    if bool((classes == NONE).any()):
        if seen.max() > 255 and not (seen % _DOUBLED).any():
            return classes_of_greys(values // _DOUBLED, painted, source, palette)
        repaired = _repaired(seen, classes, palette)
        if repaired is None:
            return None
        classes, notes = repaired
    elif seen.size and not seen.any() and palette.indexes[palette.background] != 0:
        raise DataError(f'{source}: a label in grey holds class indexes ({index_text(palette)}), found 0 everywhere, '
                        f'as in a blank file')
    return in_place(classes, painted, palette), notes


def refuse_greys(values: np.ndarray, painted: np.ndarray | None, source: object, palette: Palette) -> NoReturn:
    """Raise DataError for grey values (H, W) that are no indexes: the first that is none, and where."""
    wrong = classes_of_indexes(values, palette) == NONE
    y, x = (int(v) for v in np.argwhere(wrong if painted is None else wrong & painted)[0])
    raise DataError(f'{source}: a label in grey holds class indexes ({index_text(palette)}), found {values[y, x]:g} at '
                    f'x={x}, y={y}; save it in colours, or as these numbers')


def in_place(classes: np.ndarray, painted: np.ndarray | None, palette: Palette) -> np.ndarray:
    """Classes (H, W) of those (N,) where a label is painted, in their order; the rest is background."""
    if painted is None:
        return classes
    whole = np.full(painted.shape, palette.background, np.uint8)
    whole[painted] = classes
    return whole


def has_greys(palette: Palette) -> bool:
    """Whether a class has a grey as its colour."""
    return bool((palette.array == palette.array[:, :1]).all(axis=1).any())


def _are_colors(values: np.ndarray, palette: Palette) -> bool:
    """Whether all values are greys that classes have as colours."""
    if not has_greys(palette):
        return False
    grey = np.clip(np.unique(values), 0, 255).astype(np.uint8)
    return bool((color_table(palette).look_up(np.repeat(grey[:, None], 3, axis=1)) < len(palette.names)).all())


def _repaired(values: np.ndarray, classes: np.ndarray, palette: Palette) -> tuple[np.ndarray, list[Note]] | None:
    """Classes of values some of which are no index, and how they were found; None where they are none."""
    if _are_colors(values, palette):
        return None
    if (found := with_void(values, classes, palette)) is not None:
        unknown = classes == NONE
        return found, [Note(f'the index {int(values[unknown].max())}, which no class has, is read as background',
                            float(unknown.mean()))]
    levels = _levels(values, palette)
    return None if levels is None else (levels, [SPREAD])


def _levels(values: np.ndarray, palette: Palette) -> np.ndarray | None:
    """Classes of equally spaced greys from 0: up to white where three occur, or up to any where every class occurs."""
    count, found = len(palette.names), np.unique(values)
    unit = 257 if found.max() > 255 else 1
    ordered = np.array(sorted(range(count), key=lambda position: palette.indexes[position]), np.uint8)
    for top, enough in ((255 * unit, min(3, count)), (int(found.max()), count)):
        step = top / max(count - 1, 1)
        level = np.rint(found / step).astype(int)
        if len(found) >= enough and step >= _APART * unit and abs(level * step - found).max() <= unit:
            return ordered[level][np.searchsorted(found, values)]
    return None
