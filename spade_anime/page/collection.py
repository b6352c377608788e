"""The drawings of --data, and the data set that they become: pairs of a drawing and its label map."""
import functools
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy
from PIL import Image

from spade_anime.conditions.label_color.layout import part_folders
from spade_anime.conditions.label_color.palettes import palette_in, save_palette
from spade_anime.data.images import list_images, open_picture, pixels
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import Palette
from spade_anime.data.squares import is_strip, middle_square
from spade_anime.labelling.marks import made_by_machine
from spade_anime.page.faults import RequestError, TooLarge
from spade_anime.runs.weights import replacing

DROPPED, MADE = 'drawings', 'labelled'
"""Folders of --data: of drawings that were dropped on the page, and of the data set where the drawings are none."""

MOST_DRAWINGS = 10_000


class Drawing(NamedTuple):
    """A drawing: what the data set calls it, and its file."""

    name: str
    source: Path


class Collection:
    """Drawings, in a directory that has them or is a data set already.

    Of a data set, folders of images and labels, the labels are corrected in place. Of other pictures each is copied
    into the folder ``labelled``, beside its label, once that is saved: what lies there can be trained on at any time.
    A data set of strips has nothing to label. Files are written in ``directory`` alone.
    """

    def __init__(self, directory: Path):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        folders = part_folders(directory)
        self._given = folders.get('image', directory)
        given = list_images(self._given)
        self._strips = not folders and bool(given) and _is_strip(given[0])
        in_place = {'image', 'label'} <= set(folders) or not given or self._strips
        self.dataset = directory if in_place else directory / MADE
        there = part_folders(self.dataset) if self.dataset.is_dir() else {}
        self._images = there.get('image', self.dataset / 'image')
        self._labels = there.get('label', self.dataset / 'label')
        self.drawings: list[Drawing] = []
        self.look()

    @property
    def palette(self) -> Palette:
        """The classes of its labels."""
        return palette_in(self.dataset)

    def look(self) -> None:
        """List the drawings, those that were dropped last."""
        dropped = self.directory / DROPPED
        files = [] if self._strips else [*list_images(self._given), *(list_images(dropped) if dropped.is_dir() else [])]
        taken: set[str] = set()
        self.drawings = []
        for path in files:
            name = next(name for name in _names(path.stem) if name not in taken)
            taken.add(name)
            self.drawings.append(Drawing(name, path))

    def square(self, number: int) -> Image.Image:
        """The middle square of a drawing, RGB. Raises DataError."""
        return middle_square(on_white(open_picture(self.drawings[number].source)))

    def done(self, number: int) -> bool:
        """Whether somebody has labelled a drawing, or corrected its label."""
        label = self._label_of(number)
        return label is not None and not _by_machine(label, label.stat().st_mtime_ns)

    def label(self, number: int) -> numpy.ndarray | None:
        """The label of a drawing that there is, its middle square: positions of classes uint8 (S, S)."""
        path = self._label_of(number)
        if path is None:
            return None
        return read_classes(middle_square(open_picture(path)), path, self.palette).classes

    def save(self, number: int, classes: numpy.ndarray, palette: Palette) -> None:
        """Write the label of a drawing, and the drawing where it is not in the data set yet. Raises WriteError.

        ``classes``: positions in ``palette``, uint8 (S, S), of the drawing's middle square.
        """
        drawing, colors = self.drawings[number], palette.array[classes]
        if drawing.source.parent == self._images:
            label = self._label_of(number) or self._labels / f'{drawing.name}.png'
            size = open_picture(drawing.source).size
            self._write(label.with_suffix('.png'), _spread(colors, size, palette), palette)
        else:
            self.add_pair(drawing.name, self.square(number), colors, palette)

    def add_pair(self, name: str, image: Image.Image, colors: numpy.ndarray, palette: Palette) -> None:
        """Write a picture and its label (S, S, 3) uint8 in the colours of its classes. Raises WriteError."""
        self._check_open()
        self._write(self._images / f'{name}.png', image, palette)
        self._write(self._labels / f'{name}.png', Image.fromarray(colors), palette)

    def new_name(self, stem: str) -> str:
        """A name that no picture of the data set has."""
        taken = {path.stem for path in list_images(self._images)} if self._images.is_dir() else set()
        return next(name for name in _names(stem) if name not in taken | {drawing.name for drawing in self.drawings})

    def drop(self, stem: str, picture: Image.Image) -> int:
        """Keep a drawing that was dropped on the page, and return its number. Raises WriteError, RequestError."""
        self._check_open()
        if len(self.drawings) >= MOST_DRAWINGS:
            raise TooLarge(f'{len(self.drawings)} drawings are there; allowed are {MOST_DRAWINGS}')
        name = self.new_name(stem)
        self._save(self.directory / DROPPED / f'{name}.png', middle_square(on_white(picture)))
        self.look()
        return next(k for k, drawing in enumerate(self.drawings) if drawing.name == name)

    def check(self, palette: Palette) -> None:
        """Raise RequestError unless the labels have the classes of ``palette``, or there are none yet."""
        if self._labels.is_dir() and not self.palette.same_classes(palette):
            raise RequestError(f'{self.dataset}: its classes are {", ".join(self.palette.names)}, and those of the '
                               f'generator are {", ".join(palette.names)}; choose a generator of the same classes')

    def _check_open(self) -> None:
        if self._strips:
            raise RequestError(f'{self.directory}: a data set of strips, which is trained as it is; to add to one name '
                               'a directory of drawings, or of image/ and label/')

    def _label_of(self, number: int) -> Path | None:
        name = self.drawings[number].name
        return next((path for path in (self._labels / f'{name}{suffix}' for suffix in ('.png', '.bmp', '.gif', '.tif'))
                     if path.is_file()), None)

    def _write(self, path: Path, picture: Image.Image, palette: Palette) -> None:
        save_palette(self.dataset, palette)
        self._save(path, picture)

    @staticmethod
    def _save(path: Path, picture: Image.Image) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            picture.save(temporary, 'PNG')


def on_white(picture: Image.Image) -> Image.Image:
    """A picture of any mode as RGB; what is transparent shows white."""
    rgb, alpha = pixels(picture)
    shown = Image.fromarray(rgb)
    return shown if alpha is None else Image.composite(shown, Image.new('RGB', shown.size, 'white'),
                                                       Image.fromarray(alpha))


def _is_strip(path: Path) -> bool:
    """Whether a picture shows an image and its label side by side."""
    return is_strip(*open_picture(path).size)


@functools.lru_cache(maxsize=2 * MOST_DRAWINGS)
def _by_machine(path: Path, _changed: int) -> bool:
    """Whether a labeller made a file, which is read again once it has changed."""
    return made_by_machine(path)


def _names(stem: str) -> Iterator[str]:
    """File names to try for a stem, which may come from anyone."""
    plain = re.sub(r'[^\w.-]+', '_', stem).strip('.')[:80] or 'drawing'
    yield plain
    yield from (f'{plain}-{number}' for number in itertools.count(2))


def _spread(colors: numpy.ndarray, size: tuple[int, int], palette: Palette) -> Image.Image:
    """A label of the middle square of a drawing as one of all of it, with background beside it."""
    edge, side = min(size), len(colors)
    width, height = (max(side, round(length * side / edge)) for length in size)
    whole = Image.new('RGB', (width, height), palette.colors[palette.background])
    whole.paste(Image.fromarray(colors), ((width - side) // 2, (height - side) // 2))
    return whole
