"""Which drawings of a folder are to be labelled, and where what becomes of them is written."""
from pathlib import Path
from typing import NamedTuple

from spade_anime.conditions.label_color.joining import plain, what_is_there
from spade_anime.conditions.label_color.layout import PARTS, part_folders
from spade_anime.data.errors import DataError
from spade_anime.data.images import EXTENSIONS, list_images
from spade_anime.data.squares import open_square
from spade_anime.labelling.marks import made_by_machine


class Drawing(NamedTuple):
    """A drawing: its name, its file, and the files of the data set that it becomes, by part."""

    name: str
    source: Path
    targets: dict[str, Path]


class Found(NamedTuple):
    """What a folder holds: drawings to label, files of the data set that are nobody's to overwrite, and faults."""

    drawings: list[Drawing]
    kept: list[Path]
    faults: list[str]

    def unreadable(self, fit: str) -> list[str]:
        """Faults of the drawings, a line each, once all are read; ``fit``: one of ``FITS``."""
        lines: list[str] = []
        for drawing in self.drawings:
            try:
                open_square(drawing.source, 'drawing', fit)
            except DataError as error:
                lines += str(error).splitlines()
        return lines


def find_drawings(images: Path, out: Path) -> Found:
    """The drawings in ``images``, at any depth, but for those of which ``out`` has a picture that was made by hand.

    Raises DataError: no drawings, or a directory that cannot be read.
    """
    files = list_images(images, deep=True)
    if not files:
        raise DataError(f'{images}: no drawings ({" ".join(EXTENSIONS)}){what_is_there(images, deep=True)}')
    folders = _folders(out)
    there = {part: _by_name(folder) for part, folder in folders.items()}
    found, first = Found([], [], []), dict[str, Path]()
    for source in files:
        name = plain(source.relative_to(images).with_suffix(''))
        if name in first:
            found.faults.append(f'{source}: {first[name].name} has the same name; one of them is labelled')
            continue
        first[name] = source
        by_hand = [path for files in there.values() for path in files.get(name, []) if not made_by_machine(path)]
        targets = {part: folder / f'{name}.png' for part, folder in folders.items()}
        if by_hand:
            found.kept.append(by_hand[0])
        else:
            found.drawings.append(Drawing(name, source, targets))
    return found


def _folders(out: Path) -> dict[str, Path]:
    """Folders of the parts of a data set: those that are there, whatever they are called, and the usual ones."""
    there = part_folders(out) if out.is_dir() else {}
    return {part: there.get(part, out / part) for part in PARTS}


def _by_name(folder: Path) -> dict[str, list[Path]]:
    named: dict[str, list[Path]] = {}
    for path in list_images(folder, deep=True) if folder.is_dir() else []:
        named.setdefault(plain(path.relative_to(folder).with_suffix('')), []).append(path)
    return named
