"""The palette of a data set, and what a condition needs of it."""
import os
from pathlib import Path

from spade_anime.data.errors import DataError
from spade_anime.data.images import confined
from spade_anime.data.palette import FIVE, PALETTE_FILE, Palette, palette_of, read_palette
from spade_anime.fields import OptionError
from spade_anime.runs.directory import write_json


def palette_in(directory: str | os.PathLike, known: Palette | None = None) -> Palette:
    """The classes of a data set's labels: those of its palette.json, ``FIVE`` without one.

    ``known``: the labels have to have these classes, in these places; their colours and indexes may be others.
    Raises DataError.
    """
    path = Path(directory) / PALETTE_FILE
    there = _is_there(path)
    palette = read_palette(*confined([path], directory)) if there else FIVE
    if known is not None and not palette.same_classes(known):
        found = f'{path}: the classes are' if there else f'{path}: no such file, so the classes are'
        raise DataError(f'{found} {_described(palette)}; allowed are those of the run, {_described(known)}')
    return palette


def save_palette(directory: str | os.PathLike, palette: Palette) -> None:
    """Write the classes of a data set, but for ``FIVE`` and where it has a palette.json. Raises WriteError."""
    path = Path(directory) / PALETTE_FILE
    if palette != FIVE and not _is_there(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, palette.values())


def palette_notes(directory: str | os.PathLike, palette: Palette) -> list[str]:
    """What the user should know of a ``palette`` where a directory has a palette.json, a line each."""
    path = Path(directory) / PALETTE_FILE
    return [f'{len(palette.names)} classes by {path}: {_described(palette)}'] if _is_there(path) else []


def check_hair(palette: Palette, source: object) -> None:
    """Raise DataError, beginning with ``source``, unless a palette has the hair that a colour map needs."""
    if palette.hair is None:
        raise DataError(f'{source}: "hair" names no class, and the colour of the hair is painted from; name one of '
                        f'{", ".join(palette.names)}, or train with --model pix2pix --condition label, which takes '
                        'the label alone')


def stored_palette(values: object, with_hair: bool) -> Palette:
    """The classes of a run, as its condition.json has them; None, where it was made before that: ``FIVE``.

    Raises OptionError, also where they have to be ``with_hair`` and are not.
    """
    try:
        palette = FIVE if values is None else palette_of(values)
        if with_hair:
            check_hair(palette, 'its classes')
    except DataError as error:
        raise OptionError(f'palette: {error}') from None
    return palette


def _is_there(path: Path) -> bool:
    """Whether there is such a file, or a link of the name, wherever it leads."""
    return path.is_symlink() or path.exists()


def _described(palette: Palette) -> str:
    """Names in their order, the background last, and which class is the hair."""
    names = [palette.names[k] for k in palette.foreground]
    hair = 'no hair' if palette.hair is None else f'hair: {palette.names[palette.hair]}'
    return f'{", ".join(names)} (background: {palette.names[palette.background]}, {hair})'
