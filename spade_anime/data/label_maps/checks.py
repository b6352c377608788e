"""Does a label map look as if its classes had another order? The commonest mistake is 0 for the background."""
from collections.abc import Sequence

import numpy as np

from spade_anime.data.label_maps.colors import border, counted
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import Palette

SMALLER, LARGER = 'eye', 'face'
"""Classes of which the first is never the larger one, where a palette has both."""


BLANK = Note('nothing but background')


def looks_wrong(classes: np.ndarray, palette: Palette, by_index: bool) -> list[Note]:
    """A note where there is nothing but background, eyes are larger than faces, or the upper corners are one class and
    not background.

    It names the order of classes in which the label would make sense, where one is found that way: background is what
    covers most of the border. ``classes``: uint8 (H, W); ``by_index``: how the file was read, by index or by colour.
    """
    counts = counted(classes)
    if counts[palette.background] == classes.size:
        return [BLANK]
    if not (_eyes_too_large(counts, palette.names) or _corners_taken(classes, counts, palette)):
        return []
    outside = int(counted(border(classes)).argmax())
    order = _by_index(palette)
    meant = _with_background_at(order, order.index(palette.names[outside]), palette)
    if not by_index:
        hint = f'; check which colour is which: {palette.text()}'
    elif meant != order and not _eyes_too_large(_ordered(counts, palette), meant):
        hint = f', as if {_listed(meant, palette)} were meant; read as {_listed(order, palette)}, unless a ' \
               'palette.json says otherwise'
    else:
        hint = f'; check which index is which: {_listed(order, palette)}'
    return [Note(f'eyes are larger than faces, or corners are not background{hint}')]


def _eyes_too_large(counts: np.ndarray, names: Sequence[str]) -> bool:
    """Whether of the counted pixels of each class more are eye than face."""
    if not {SMALLER, LARGER} <= set(names):
        return False
    return bool(counts[list(names).index(SMALLER)] > counts[list(names).index(LARGER)])


def _corners_taken(classes: np.ndarray, counts: np.ndarray, palette: Palette) -> bool:
    """Whether both upper corners are one class, neither background nor hair, and the upper edge has no background.

    A palette that is not of portraits may have no background in a picture: then its corners say nothing.
    """
    corner = classes[0, 0]
    portrait = {SMALLER, LARGER} <= set(palette.names)
    return bool(corner == classes[0, -1] and corner not in (palette.background, palette.hair)
                and (classes[0] != palette.background).all() and (portrait or counts[palette.background]))


def _by_index(palette: Palette) -> list[str]:
    return [name for _, name in sorted(zip(palette.indexes, palette.names))]


def _ordered(counts: np.ndarray, palette: Palette) -> np.ndarray:
    """Counts of the classes in the order of their indexes."""
    return counts[sorted(range(len(palette.names)), key=lambda position: palette.indexes[position])]


def _with_background_at(order: list[str], rank: int, palette: Palette) -> list[str]:
    """The order of names with the background's moved to a rank."""
    background = palette.names[palette.background]
    others = [name for name in order if name != background]
    return [*others[:rank], background, *others[rank:]]


def _listed(order: list[str], palette: Palette) -> str:
    return ', '.join(f'{index} = {name}' for index, name in zip(sorted(palette.indexes), order))
