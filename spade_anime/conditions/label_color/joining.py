"""Which files of the folders image, label and color belong together: those of one name."""
import re
import unicodedata
from collections import Counter
from pathlib import Path, PurePosixPath

from spade_anime.data.images import EXTENSIONS, entries, files_in, list_images, visible

ENDINGS = {'image': 'image|img|photo', 'label': 'labels?|masks?|seg|segmentation', 'color': 'colou?rs?'}
"""What names of files may end in, as 001_label.png, where no file has the plain name."""

MOST_KINDS = 5


def join(folders: dict[str, Path], within: Path) -> tuple[dict[str, dict[str, Path]], list[str]]:
    """Files by part and name, and a line for each whose image or label is missing or there twice.

    A name is a path in the folder without its extension, in one normal form of Unicode. Where no file has an image's
    name, one counts that differs by what tools append: 001.jpg.png or 001_label.png for 001.jpg.

    Args:
        folders: by part, 'image' and 'label' among them.
        within: directory of the data set, which links may not lead out of.

    Raises DataError for a folder that cannot be read, or files that ``confined`` refuses.
    """
    problems: list[str] = []
    files = {part: _by_name(folder, within, problems) for part, folder in folders.items()}
    images = files['image']
    files |= {part: _as_images(found, images, part) for part, found in files.items() if part != 'image'}
    lacking = [(name, part) for name in sorted(set().union(*files.values())) for part in ('image', 'label')
               if name not in files[part]]
    unread = {part: _unread(folders[part]) for part in {part for _, part in lacking}}
    for name, part in lacking:
        found = next(named[name] for named in files.values() if name in named)
        problems.append(f'{found}: no counterpart {folders[part] / name}.*{_instead(unread[part].get(name))}')
    return files, problems


def what_is_there(directory: Path, deep: bool = False) -> str:
    """Files and folders that are not read, as the end of a message that says what is missing; '' for none."""
    kinds = Counter(path.suffix.lower() or 'no extension' for path in files_in(directory, deep)
                    if path.suffix.lower() not in EXTENSIONS)
    folders = [f'{path.name}/' for path in entries(directory) if path.is_dir() and visible(path.name)]
    more = [f'{count} of {kind}' for kind, count in kinds.most_common(MOST_KINDS)]
    shown = [f'the folders {", ".join(folders[:MOST_KINDS])}' + ', ...' * (len(folders) > MOST_KINDS)] * bool(folders)
    shown += [f'files that are not read, {", ".join(more)}'] * bool(more)
    return f'; found {" and ".join(shown)}' if shown else ''


def plain(path: str | Path) -> str:
    """A path in the one normal form that names are compared in, with / between its parts."""
    return unicodedata.normalize('NFC', Path(path).as_posix())


def _by_name(folder: Path, within: Path, problems: list[str]) -> dict[str, Path]:
    files = list_images(folder, deep=True, within=within)
    named = [(plain(path.relative_to(folder).with_suffix('')), path) for path in files]
    counts = Counter(name for name, _ in named)
    problems += [f'{folder / name}.*: {count} files of this name, one is allowed'
                 for name, count in counts.items() if count > 1]
    return dict(named)


def _as_images(files: dict[str, Path], images: dict[str, Path], part: str) -> dict[str, Path]:
    """Files by the names of their images; those without one keep their own."""
    lonely: dict[str, list[str]] = {}
    for name in images:
        if name not in files:
            lonely.setdefault(_without_ending(name, 'image'), []).append(name)
    renamed: dict[str, Path] = {}
    for name, path in files.items():
        fitting = [] if name in images else lonely.get(_without_ending(name, part), [])
        renamed[fitting.pop() if len(fitting) == 1 else name] = path
    return renamed


def _without_ending(name: str, part: str) -> str:
    stem = PurePosixPath(name)
    bare = str(stem.with_suffix('')) if stem.suffix.lower() in EXTENSIONS else name
    return re.sub(rf'[ ._-]({ENDINGS[part]})$', '', bare, flags=re.IGNORECASE)


def _unread(folder: Path) -> dict[str, Path]:
    """Files of a folder that are no pictures that are read, by name."""
    return {plain(path.relative_to(folder).with_suffix('')): path for path in files_in(folder, deep=True)
            if path.suffix.lower() not in EXTENSIONS}


def _instead(unread: Path | None) -> str:
    """The end of a message where a file is there that is not read."""
    if unread is None:
        return ''
    return (f'; {unread} is there, but {unread.suffix or "a file without extension"} is not read (allowed are '
            f'{" ".join(EXTENSIONS)})')
