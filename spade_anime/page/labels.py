"""Label maps that the page begins from: examples, and files of the user."""
import io
import os
import warnings
from pathlib import Path

import numpy

from spade_anime.conditions.label_color.condition import Label
from spade_anime.conditions.label_color.dataset import LabelledDataset
from spade_anime.conditions.label_color.options import LabelInputs
from spade_anime.data.errors import DataError
from spade_anime.data.images import decoded
from spade_anime.data.palette import Palette

MOST_EXAMPLES = 12


class Examples:
    """Label maps of the first of some directories whose classes are those of a palette, spread over the set."""

    def __init__(self, directories: list[str], palette: Palette):
        self.palette = palette
        self._listed = next(filter(None, (_opened(directory, 1, palette) for directory in directories)), None)
        count = len(self._listed) if self._listed else 0
        step = max(1, count // MOST_EXAMPLES)
        self.places = list(range(0, count, step))[:MOST_EXAMPLES]

    def read(self, number: int, size: int) -> numpy.ndarray:
        """Positions of classes, uint8 (size, size), of example ``number``. Raises DataError."""
        assert self._listed is not None
        sized = LabelledDataset(self._listed.listing, size, self.palette, self._listed.fit)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            _, label = sized[self.places[number]]
        return self.palette.classes(label)


def classes_of_file(content: bytes, size: int, palette: Palette) -> tuple[numpy.ndarray, list[str]]:
    """Positions of classes, uint8 (size, size), of a label map's file, and what was repaired. Raises DataError."""
    picture = decoded(io.BytesIO(content), 'the label map')
    condition = Label(size, palette)
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter('always')
        asked = condition.read(LabelInputs(label=picture, fit='crop'))
    (_, (label,)), = asked.named
    return palette.classes(label), [str(warning.message) for warning in noted]


def _opened(directory: str, size: int, palette: Palette) -> LabelledDataset | None:
    """A data set of these classes; None where the directory has none, or pictures that are no samples."""
    if not directory or not Path(os.path.expanduser(directory)).is_dir():
        return None
    try:
        found = Label.open(os.path.expanduser(directory), size, palette, 'crop')
        if len(found):
            found.inspect(found.samples[0], size)
    except DataError:
        return None
    return found if isinstance(found, LabelledDataset) and len(found) else None
