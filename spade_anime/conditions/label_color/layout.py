"""Where the samples of a data set lie: strips, or folders of images, labels and colours; perhaps divided already."""
import dataclasses
import functools
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from spade_anime.conditions.label_color.joining import join, what_is_there
from spade_anime.data.errors import DataError
from spade_anime.data.images import EXTENSIONS, confined, entries, list_images, visible
from spade_anime.data.palette import PALETTE_FILE

PARTS = {'image': ('image', 'images'), 'label': ('label', 'labels'), 'color': ('color', 'colors', 'colour', 'colours')}
"""Parts of a sample, and what their folders may be called, in lower case."""

TRAINING = 'train', 'training'
VALIDATION = 'val', 'valid', 'validation'
TEST = ('test', 'testing')
"""Folders of a data set that is divided already, in lower case."""


class Sample(NamedTuple):
    """The files of one sample; a strip has ``image`` alone."""

    name: str
    image: Path
    label: Path | None = None
    color: Path | None = None


@dataclasses.dataclass(frozen=True)
class Listing:
    """The samples of a data set.

    Attributes:
        samples: sorted by name.
        problems: what is wrong with the rest, one line each.
        notes: what the user should know, one line each.
        held_out: names of the samples for validation, where the data set itself is divided.
        root: the directory that they lie in: the one that was named, or a folder of it.
        directory: the one that was named.
    """

    samples: list[Sample]
    problems: list[str] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    held_out: frozenset[str] = frozenset()
    root: Path = Path()
    directory: Path = Path()

    @property
    def palette_place(self) -> Path:
        """Where palette.json lies, if there is one: with the samples, or in the directory that was named."""
        return self.root if os.path.lexists(self.root / PALETTE_FILE) else self.directory


def list_samples(directory: str | os.PathLike) -> Listing:
    """List the samples of a directory; nothing is decoded.

    They are strips, picture files that show ``image | label | color`` or ``image | label`` side by side, each part
    square; or lie in the folders image, label and perhaps color, at any depth, and are joined by their names without
    extension. Folders train and val (valid, validation; test, where there is neither) divide them, above or below
    those. All may lie one folder further down. Hidden files and files that are no pictures are left out.

    Raises:
        DataError: no such directory, or nothing in it that could be a sample.
    """
    directory = Path(directory)
    root = _root(directory)
    notes = [f'{directory}: its folder {root.name} is the data set'] if root != directory else []
    listing = _list(root, directory)
    return _divided(dataclasses.replace(listing, notes=notes + listing.notes, root=root,
                                        directory=directory))


def _list(root: Path, within: Path) -> Listing:
    """Folders of parts; else strips; else what lies in folders such as train/ and val/."""
    found, divisions, strips = part_folders(root), _divisions(root), list_images(root, within=within)
    if found:
        listing = _list_parts(root, confined_parts(root, found, within), within)
    elif strips:
        listing = Listing([Sample(path.name, path) for path in strips])
    else:
        return _joined([_list_below(folder, within) for folder in confined(divisions, within)])
    left_out = [f'{root}: left out is {_names(divisions)}, as samples lie beside it'] * bool(divisions)
    return dataclasses.replace(listing, notes=listing.notes + left_out)


def _joined(listings: list[Listing]) -> Listing:
    return Listing([sample for listing in listings for sample in listing.samples],
                   [problem for listing in listings for problem in listing.problems],
                   [note for listing in listings for note in listing.notes])


def _list_below(folder: Path, within: Path) -> Listing:
    """Samples of a folder such as train/, whose name is the beginning of theirs."""
    if not part_folders(folder) and not list_images(folder, within=within):
        raise _nothing(folder)
    listing = _list(folder, within)
    return dataclasses.replace(listing, samples=[sample._replace(name=f'{folder.name}/{sample.name}')
                                                 for sample in listing.samples])


def part_folders(root: Path) -> dict[str, Path]:
    """Folders of a directory that hold images, labels or colours, by part. Raises DataError for two of one part."""
    found: dict[str, Path] = {}
    for path in _folders(root):
        for part, names in PARTS.items():
            if path.name.lower() in names:
                if part in found:
                    raise DataError(f'{root}: both {found[part].name} and {path.name} are there; one folder of '
                                    f'{part}s is allowed')
                found[part] = path
    return found if {'image', 'label'} & set(found) else {}


def confined_parts(root: Path, found: dict[str, Path], within: Path) -> dict[str, Path]:
    """The folders of the parts, of which images and labels have to be there, none leading out. Raises DataError."""
    for part in ('image', 'label'):
        if part not in found:
            others = [path for path in _folders(root) if path not in found.values()]
            beside = f'; beside {_names(found.values())} there is {_names(others)}' if others else ''
            raise DataError(f'{root / part}: no such directory, nor {root / PARTS[part][1]}{beside}')
    confined(list(found.values()), within)
    return found


def _list_parts(root: Path, folders: dict[str, Path], within: Path) -> Listing:
    files, problems = join(folders, within)
    if not any(files.values()):
        raise DataError(f'{root}: no pictures in the folders {_names(folders.values())}'
                        + ''.join(map(functools.partial(what_is_there, deep=True), folders.values())))
    colors = files.get('color', {})
    samples = [Sample(name, path, files['label'][name], colors.get(name))
               for name, path in sorted(files['image'].items()) if name in files['label']]
    lacking = sum(sample.color is None for sample in samples) if 'color' in folders else 0
    notes = [f'{root}: {lacking} of {len(samples)} samples have no colour map; it is made of the colours of '
             'their images'] if lacking else []
    return Listing(samples, problems, notes)


def _divided(listing: Listing) -> Listing:
    """The listing divided as its names say, where they all begin with a folder such as train/ or val/."""
    first = {sample.name: sample.name.partition('/')[0] for sample in listing.samples if '/' in sample.name}
    kinds = {folder.lower() for folder in first.values()}
    held = VALIDATION if kinds & {*VALIDATION} else TEST
    if len(first) < len(listing.samples) or not kinds & {*TRAINING} or not kinds & {*held} or kinds - {
            *TRAINING, *VALIDATION, *TEST}:
        return listing
    used = [sample for sample in listing.samples if first[sample.name].lower() in (*TRAINING, *held)]
    held_out = frozenset(sample.name for sample in used if first[sample.name].lower() in held)
    left_out = len(listing.samples) - len(used)
    note = (f'{listing.root}: divided by its folders, {len(used) - len(held_out)} samples for training and '
            f'{len(held_out)} for validation') + f'; {left_out} for testing are left out' * bool(left_out)
    return dataclasses.replace(listing, samples=used, held_out=held_out, notes=[*listing.notes, note])


def _root(directory: Path) -> Path:
    """The directory, or the one folder in it that has the samples, as where an archive was unpacked into a folder."""
    if part_folders(directory) or list_images(directory) or _divisions(directory):
        return directory
    folders = _folders(directory)
    inner = [folder for folder in folders if part_folders(folder) or _divisions(folder)]
    if not inner and len(folders) == 1 and list_images(folders[0], within=directory):
        inner = folders
    if len(inner) > 1:
        raise DataError(f'{directory}: no samples, but its folders {_names(inner)} are data sets; name one of them')
    if not inner:
        raise _nothing(directory)
    return confined(inner, directory)[0]


def _divisions(root: Path) -> list[Path]:
    return [path for path in _folders(root) if path.name.lower() in (*TRAINING, *VALIDATION, *TEST)]


def _folders(root: Path) -> list[Path]:
    return [path for path in entries(root) if path.is_dir() and visible(path.name)]


def _names(folders: Iterable[Path]) -> str:
    return ', '.join(f'{folder.name}/' for folder in folders)


def _nothing(directory: Path) -> DataError:
    return DataError(f'{directory}: no samples; expected strips image | label | color ({" ".join(EXTENSIONS)}) or the '
                     f'folders image, label and perhaps color{what_is_there(directory)}')
