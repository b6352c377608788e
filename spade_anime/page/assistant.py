"""The labeller at work in the background: drafts, and what it learns from corrections."""
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy
from PIL import Image

from spade_anime.data.palette import Palette
from spade_anime.errors import InputError
from spade_anime.labelling.labeller import PRETRAINED, Labeller, load
from spade_anime.page.collection import Collection, Drawing
from spade_anime.page.faults import RequestError

CORRECTIONS = 10
"""Labels saved by hand after which it learns again."""

SECONDS = 60.0
"""How long it learns."""

LEARNT = 'labeller.npz'
"""What it has learnt, in the directory of the drawings: it goes on from there when the page is opened again."""

WRITTEN = 256
"""Pixels of the labels that it writes by itself."""

SEEN = 64
"""Pixels at which certainty is measured."""


class Draft(NamedTuple):
    """A label to be corrected, positions of classes uint8 (S, S), and how certain of it the labeller is, 0 to 1."""

    classes: numpy.ndarray
    certainty: float


class Assistant:
    """Labels drawings, and learns from labels made by hand, in a thread of its own.

    ``collection``: its drawings; None where there are none but those that are shown to it.

    Attributes:
        certainty: by the names of the drawings that it has looked at.
        learning: share of the learning that is over; None while it does not learn.
        labelling: share of the drawings left that it has labelled; None while it labels none.
        fault: why the last of these failed, or ''.
    """

    def __init__(self, collection: Collection | None):
        self.collection = collection
        self.certainty: dict[str, float] = {}
        self.learning: float | None = None
        self.labelling: float | None = None
        self.fault, self._new = '', 0
        self._labeller: Labeller | None = None

    @property
    def there(self) -> bool:
        """Whether a labeller comes with the project."""
        return PRETRAINED.is_file()

    def draft(self, picture: Image.Image, size: int, palette: Palette, name: str = '') -> Draft | None:
        """A draft of the label of a square drawing, at ``size`` px; None where there is no labeller. Raises DataError.

        ``name``: of a drawing whose certainty is remembered.
        """
        if not self.there:
            return None
        found = self._for(palette).label(picture, size)
        certainty = float(found.confidence.mean())
        if name:
            self.certainty[name] = certainty
        return Draft(found.classes, certainty)

    def corrected(self, palette: Palette) -> None:
        """A label was saved by hand: after ``CORRECTIONS`` of them it learns from all, unless it is learning."""
        self._new += 1
        if self.there and self._new >= CORRECTIONS and not self.busy:
            self._new, self.learning = 0, 0.0
            self._begin(self._learn, palette)

    def label_rest(self, palette: Palette) -> None:
        """Label all drawings that nobody has labelled, unless it is at work. Raises RequestError without a labeller."""
        if not self.there:
            raise RequestError(f'pretrained/{PRETRAINED.name}: no such file; draw the labels by hand')
        if self.busy:
            raise RequestError('do: the labeller is at work; try it again when it has finished')
        self.labelling = 0.0
        self._begin(self._label_rest, palette)

    @property
    def busy(self) -> bool:
        """Whether it learns or labels."""
        return self.learning is not None or self.labelling is not None

    def next_number(self) -> int | None:
        """The drawing to label next: of those not labelled, the one whose draft is least certain; None: all are."""
        names = {number: drawing.name for number, drawing in self._drawings(False)}
        return min(names, key=lambda number: self.certainty.get(names[number], 1.0), default=None)

    def _drawings(self, done: bool) -> list[tuple[int, Drawing]]:
        """The drawings that are labelled, or those that are not."""
        assert self.collection is not None
        return [(k, drawing) for k, drawing in enumerate(self.collection.drawings) if self.collection.done(k) is done]

    def _for(self, palette: Palette) -> Labeller:
        if self._labeller is None or not self._labeller.palette.same_classes(palette):
            self._labeller = load(self._kept() or PRETRAINED).with_palette(palette)
        return self._labeller

    def _kept(self) -> Path | None:
        """What it has learnt from these drawings before, if it has."""
        path = self.collection.directory / LEARNT if self.collection else None
        return path if path and path.is_file() else None

    def _begin(self, work: Callable[[Labeller], None], palette: Palette) -> None:
        threading.Thread(target=self._at_work, args=(work, self._for(palette)), daemon=True).start()

    def _at_work(self, work: Callable[[Labeller], None], labeller: Labeller) -> None:
        self.fault = ''
        try:
            work(labeller)
        except (ValueError, InputError) as error:
            # In a thread nobody else would tell.
            self.fault = str(error)
        finally:
            self.learning = self.labelling = None

    def _learn(self, labeller: Labeller) -> None:
        assert self.collection is not None
        labeller.learn(self._pairs(), SECONDS, self._advance)
        labeller.save(self.collection.directory / LEARNT)
        self._look(labeller.palette)

    def _label_rest(self, labeller: Labeller) -> None:
        assert self.collection is not None
        left = self._drawings(False)
        for k, (number, drawing) in enumerate(left):
            self.labelling = k / len(left)
            if draft := self.draft(self.collection.square(number), WRITTEN, labeller.palette, drawing.name):
                self.collection.save(number, draft.classes, labeller.palette, by_machine=True)

    def _advance(self, share: float) -> None:
        self.learning = share

    def _pairs(self) -> list[tuple[Image.Image, numpy.ndarray]]:
        assert self.collection is not None
        labels = [(number, self.collection.label(number)) for number, _ in self._drawings(True)]
        return [(self.collection.square(number), label) for number, label in labels if label is not None]

    def _look(self, palette: Palette) -> None:
        """Find how certain it is of the drawings that are left."""
        assert self.collection is not None
        for number, drawing in self._drawings(False):
            self.draft(self.collection.square(number), SEEN, palette, drawing.name)
