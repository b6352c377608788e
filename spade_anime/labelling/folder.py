"""Labels for a folder of drawings: a data set that train.py reads, and a list of what to look at first."""
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from spade_anime.conditions.label_color.layout import part_folders
from spade_anime.conditions.label_color.palettes import palette_in, save_palette
from spade_anime.conditions.label_color.regions import measured
from spade_anime.data.errors import DataError
from spade_anime.data.images import image_from
from spade_anime.data.palette import PALETTE_FILE, Palette
from spade_anime.data.pictures import to_pixels
from spade_anime.data.squares import open_square
from spade_anime.errors import writing
from spade_anime.files import check_outside, following_links
from spade_anime.labelling.drawings import Drawing, Found, find_drawings
from spade_anime.labelling.examples import Examples, read_examples
from spade_anime.labelling.labeller import PRETRAINED, Labeller, load
from spade_anime.labelling.marks import save_marked
from spade_anime.labelling.progress import bar
from spade_anime.labelling.review import Review, Row
from spade_anime.runs.weights import replacing

LEARNT = 'labeller.npz'
"""Where a labeller that learnt from examples is stored, in the directory that is written."""


class Outcome(NamedTuple):
    """What became of a folder.

    Attributes:
        labelled: labels that were written.
        kept: pictures made by hand that were there already: their drawings were left out.
        faults: drawings that could not be labelled, a line each.
    """

    labelled: list[Row]
    kept: list[Path]
    faults: list[str]


class Plan(NamedTuple):
    """What is to be done: the drawings, the labeller, and the examples that it learns from first, if there are any."""

    found: Found
    labeller: Labeller
    examples: Examples | None

    def text(self) -> str:
        """In one line."""
        parts = [f'{len(self.found.drawings)} drawings to label']
        parts += [f'{len(self.examples.pairs)} examples to learn from'] if self.examples else []
        parts += [f'{len(self.found.kept)} left out, labelled by hand already'] if self.found.kept else []
        return ', '.join(parts)


def plan(images: str | os.PathLike, out: str | os.PathLike, examples: str | os.PathLike | None = None, *,
         labeller: str | os.PathLike = PRETRAINED, fit: str = 'none') -> Plan:
    """Find the drawings and read the examples; nothing is written. Arguments and errors are those of ``label``."""
    images, out = Path(images), Path(out)
    check_outside(out, '--out', str(images))
    check_outside(images, '--images', str(out))
    found, ready = find_drawings(images, out), load(labeller)
    known = read_examples(examples, fit) if examples else None
    return Plan(found, ready.with_palette(_palette_of(out, known.palette if known else ready.palette)), known)


def label(images: str | os.PathLike, out: str | os.PathLike, examples: str | os.PathLike | None = None, *,
          labeller: str | os.PathLike = PRETRAINED, seconds: float = 90, size: int = 256, fit: str = 'none',
          colors: bool = False, follow_links: bool = False, tell: Callable[[str], None] = print) -> Outcome:
    """Label the drawings of a directory, at any depth, and write a data set of them.

    ``out`` gets ``image/``, ``label/``, with ``colors`` ``color/``, the labels in the order of their confidence
    (``review.csv``, ``review.png``), and ``palette.json`` where the classes are not the usual five. What somebody else
    wrote or changed there stays: only pictures that a labeller made are replaced.

    Args:
        images: directory of drawings.
        out: directory to write to; it may exist.
        examples: data set of labelled drawings to learn from first, 5 to 50 of them; None: none.
        labeller: the file of the labeller.
        seconds: how long it learns.
        size: of the pictures that are written, in pixels.
        fit: what is done with drawings that are not square, one of ``FITS``.
        colors: write the colour of every region, as measured in the drawing.
        follow_links: read files that symbolic links show outside the directories.
        tell: called with what the user should know, a line each.

    Raises:
        DataError: no drawings, faults of the examples, or other classes in ``out``.
        SnapshotError: the labeller's file holds none.
        WriteError: ``out`` cannot be written.
    """
    out = Path(out)
    with following_links(follow_links):
        todo = plan(images, out, examples, labeller=labeller, fit=fit)
        tell(todo.text())
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
        if todo.examples:
            _learn(todo.labeller, todo.examples, seconds, out, tell)
        review, faults = Review(todo.labeller.palette), list(todo.found.faults)
        with bar('labelling', len(todo.found.drawings), 'drawing') as advance:
            for number, drawing in enumerate(todo.found.drawings, 1):
                try:
                    _label_one(drawing, todo.labeller, size, fit, colors, review)
                except DataError as error:
                    faults += str(error).splitlines()
                advance(number / len(todo.found.drawings))
    save_palette(out, todo.labeller.palette)
    review.save(out)
    return Outcome(review.rows, todo.found.kept, faults)


def _learn(labeller: Labeller, examples: Examples, seconds: float, out: Path, tell: Callable[[str], None]) -> None:
    with bar('learning', 100, '%') as advance:
        labeller.learn(examples.pairs, seconds, advance)
    labeller.save(out / LEARNT)
    tell(f'What it learnt is stored: --labeller {out / LEARNT} uses it again without learning')


def _label_one(drawing: Drawing, labeller: Labeller, size: int, fit: str, colors: bool, review: Review) -> None:
    """Label a drawing and write its pictures. Raises DataError."""
    square = open_square(drawing.source, 'drawing', fit)
    image = image_from(square.picture, square.source, size)
    found = labeller.of_square(square, size)
    pixels, palette = to_pixels(image * 2 - 1), labeller.palette
    pictures = {'image': pixels, 'label': palette.array[found.classes]}
    if colors:
        pictures['color'] = to_pixels(measured(image, found.classes, palette.names)[0] * 2 - 1)
    with contextlib.ExitStack() as stack:
        # All are written before the first of them appears.
        for part, array in pictures.items():
            drawing.targets[part].parent.mkdir(parents=True, exist_ok=True)
            save_marked(Image.fromarray(array), stack.enter_context(replacing(drawing.targets[part])))
    review.add(drawing.name, pixels, found)


def _palette_of(out: Path, palette: Palette) -> Palette:
    """The palette that labels in ``out`` are written by: its own, if it has labels or a palette.json, or ``palette``.

    Raises DataError where they have other classes.
    """
    if not os.path.lexists(out / PALETTE_FILE) and not (out.is_dir() and part_folders(out)):
        return palette
    there = palette_in(out)
    if not there.same_classes(palette):
        raise DataError(f'--out {out}: its classes are {", ".join(there.names)}, and those to label are '
                        f'{", ".join(palette.names)}; allowed is a new directory, or one of the same classes')
    return there
