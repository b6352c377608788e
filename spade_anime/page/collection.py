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
from spade_anime.data.images import list_images, open_picture
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import Palette
from spade_anime.data.squares import is_strip, middle_square
from spade_anime.labelling.marks import made_by_machine, save_marked
from spade_anime.page.crops import FILE, Crops, Square, middle, moved, spread
from spade_anime.page.faults import RequestError, TooLarge
from spade_anime.page.pictures import on_white
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
        self._crops = Crops(directory / FILE)
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

    def whole(self, number: int) -> Image.Image:
        """A drawing, RGB. Raises DataError."""
        return on_white(open_picture(self.drawings[number].source))

    def square(self, number: int) -> Image.Image:
        """The square of a drawing that is labelled, RGB. Raises DataError."""
        picture = self.whole(number)
        return picture.crop(self.crop(number, picture.size).box)

    def crop(self, number: int, size: tuple[int, int]) -> Square:
        """Which square of a drawing of a size, width and height, is labelled."""
        return self._crops.of(self.drawings[number].name, size) if self.croppable(number) else middle(size)

    def croppable(self, number: int) -> bool:
        """Whether the square may be chosen: not where the drawing is a part of the data set, which is square by itself
        when it is trained on."""
        return self.drawings[number].source.parent != self._images

    def choose(self, number: int, square: Square, palette: Palette) -> None:
        """Take another square of a drawing; a label that was made by hand moves with it.

        Raises RequestError, DataError, WriteError.
        """
        picture = self.whole(number)
        if not self.croppable(number) or not square.within(picture.size):
            raise RequestError(f'left, top, side: {square.left}, {square.top}, {square.side}; allowed is a square '
                               f'within {picture.width} x {picture.height} px, of a drawing outside the data set')
        before, label = self.crop(number, picture.size), self.label(number) if self.done(number) else None
        self._crops.choose(self.drawings[number].name, square)
        if label is not None:
            self.save(number, moved(label, before, square, palette.background), palette)

    def done(self, number: int) -> bool:
        """Whether somebody has labelled a drawing, or corrected its label."""
        label = self._label_of(number)
        return label is not None and not _by_machine(label, label.stat().st_mtime_ns)

    def label(self, number: int) -> numpy.ndarray | None:
        """The label of a drawing that there is, of its square: positions of classes uint8 (S, S)."""
        path = self._label_of(number)
        if path is None:
            return None
        return read_classes(middle_square(open_picture(path)), path, self.palette).classes

    def save(self, number: int, classes: numpy.ndarray, palette: Palette, by_machine: bool = False) -> None:
        """Write the label of a drawing, and the drawing where it is not in the data set yet. Raises WriteError.

        Args:
            number: of the drawing.
            classes: positions in ``palette``, uint8 (S, S), of its square.
            palette: the classes.
            by_machine: whether the label is marked as one that a labeller made: it is still to be corrected.
        """
        drawing, colors = self.drawings[number], palette.array[classes]
        if not self.croppable(number):
            label = self._label_of(number) or self._labels / f'{drawing.name}.png'
            size = open_picture(drawing.source).size
            self._write(label.with_suffix('.png'), spread(colors, size, palette), palette, by_machine)
        else:
            self.add_pair(drawing.name, self.square(number), colors, palette, by_machine)

    def add_pair(self, name: str, image: Image.Image, colors: numpy.ndarray, palette: Palette,
                 by_machine: bool = False) -> None:
        """Write a picture and its label (S, S, 3) uint8 in the colours of its classes. Raises WriteError."""
        self._check_open()
        self._write(self._images / f'{name}.png', image, palette)
        self._write(self._labels / f'{name}.png', Image.fromarray(colors), palette, by_machine)

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
        self._save(self.directory / DROPPED / f'{name}.png', on_white(picture))
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

    def _write(self, path: Path, picture: Image.Image, palette: Palette, by_machine: bool = False) -> None:
        save_palette(self.dataset, palette)
        self._save(path, picture, by_machine)

    @staticmethod
    def _save(path: Path, picture: Image.Image, by_machine: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            if by_machine:
                save_marked(picture, temporary)
            else:
                picture.save(temporary, 'PNG')


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
