"""What the page can do, as functions of what a browser sends."""
import base64
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
from PIL import Image

from spade_anime.conditions.condition import Condition
from spade_anime.conditions.controls import MAP
from spade_anime.data.hair import HAIR_COLORS, to_hex
from spade_anime.data.palette import Palette
from spade_anime.finding import PRETRAINED
from spade_anime.page.faults import NotFound, RequestError
from spade_anime.page.generators import Generators, at_size
from spade_anime.page.labels import Examples, classes_of_file
from spade_anime.page.pictures import Painted, enlarged, png
from spade_anime.page.values import inputs, json_object, label_map, number_in, size_in, text, whole

SWATCHES = [{'name': name, 'color': to_hex(color)} for name, color in HAIR_COLORS.items()]
EXAMPLES = str(PRETRAINED.parent / 'dataset' / 'example')
MOST_SAMPLES = 16
LARGEST_FACTOR = 4
LARGEST_SEED = 2 ** 32 - 1


class Studio:
    """Answers a page.

    Args:
        generators: that may be chosen.
        examples: directories of data sets whose label maps may be begun from, besides the one that a generator was
            trained on.
    """

    def __init__(self, generators: Generators, examples: list[str]):
        self.generators, self.examples_in = generators, examples
        self._examples: dict[str, Examples] = {}

    def state(self) -> dict[str, Any]:
        """What the page begins with."""
        return {'generators': self.generators.names()}

    def generator(self, query: Mapping[str, str]) -> dict[str, Any]:
        """What one generator paints from, and its examples. Raises RequestError, InputError."""
        name = query.get('name', '')
        with self.generators.borrowed(name) as generator:
            condition, size = generator.condition, generator.options.image_size
        palette = _palette(condition)
        classes = [] if palette is None else [
            {'name': title, 'color': to_hex(color)} for title, color in zip(palette.names, palette.colors)]
        return {'name': name, 'size': size, 'text': condition.TEXT,
                'controls': [dataclasses.asdict(control) | {'key': control.key} for control in condition.controls],
                'classes': classes, 'hair': _hair(palette), 'swatches': SWATCHES,
                'background': None if palette is None else palette.background,
                'examples': 0 if palette is None else len(self._examples_of(name).places)}

    def paint(self, body: bytes) -> Painted:
        """Pictures of what a browser asks for. Raises RequestError, InputError."""
        asked = json_object(body)
        name, seed = text(asked, 'generator'), whole(asked, 'seed', 0, LARGEST_SEED, 0)
        samples, factor = whole(asked, 'samples', 1, MOST_SAMPLES, 1), whole(asked, 'factor', 1, LARGEST_FACTOR, 1)
        with self.generators.borrowed(name) as generator:
            condition, size = generator.condition, generator.options.image_size
        values = asked.get('values', {})
        given = inputs(values, condition)
        painted_at = at_size(self.generators, name, factor) if factor > 1 else 0
        names, pictures = self.generators.paint(name, painted_at, samples, seed, given)
        if pictures.shape[1] != factor * size:
            pictures = enlarged(pictures, factor * size)
        shown = {key: value for key, value in values.items() if not isinstance(value, dict)}
        facts = {'Software': 'SPADE for anime', 'generator': name, 'seed': str(seed), 'painted from': shown}
        return Painted(names, pictures, factor > 1 and not painted_at, facts)

    def label_png(self, body: bytes) -> bytes:
        """A label map as a PNG in the colours of its classes. Raises RequestError."""
        asked = json_object(body)
        palette = self.palette_of(text(asked, 'generator'))
        classes = label_map(asked.get('label'), len(palette.names))
        return png(Image.fromarray(palette.array[classes]), {'Software': 'SPADE for anime'})

    def example(self, query: Mapping[str, str]) -> bytes:
        """Classes of one example, a byte each. Raises RequestError, DataError."""
        name, number = query.get('name', ''), number_in(query, 'number')
        size = size_in(query)
        self.palette_of(name)
        examples = self._examples_of(name)
        if number >= len(examples.places):
            raise NotFound(f'number: {number}; there are {len(examples.places)} examples, counted from 0')
        return examples.read(number, size).tobytes()

    def read_label(self, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Classes of a label map that the user opens. Raises RequestError, DataError."""
        classes, notes = classes_of_file(body, size_in(query), self.palette_of(query.get('name', '')))
        return {'classes': encoded(classes), 'notes': notes}

    def palette_of(self, name: str) -> Palette:
        """The classes of the label maps that a generator takes. Raises RequestError where it takes none."""
        with self.generators.borrowed(name) as generator:
            palette = _palette(generator.condition)
        if palette is None:
            raise RequestError('generator: it does not paint from label maps')
        return palette

    def _examples_of(self, name: str) -> Examples:
        if name not in self._examples:
            with self.generators.borrowed(name) as generator:
                palette, trained_on = _palette(generator.condition), generator.options.dataset_dir
            assert palette is not None
            self._examples[name] = Examples([*self.examples_in, trained_on, EXAMPLES], palette)
        return self._examples[name]


def encoded(classes: numpy.ndarray) -> str:
    """Classes as text, a byte each."""
    return base64.b64encode(classes.tobytes()).decode()


def folder_of_runs(run: str, out_dir: Path) -> Path:
    """Where the runs lie beside the one that was named, if any was."""
    return Path(run).resolve().parent if run else out_dir


def _hair(palette: Palette | None) -> str:
    return '' if palette is None or palette.hair is None else palette.names[palette.hair]


def _palette(condition: Condition) -> Palette | None:
    """The classes of the label maps that a condition takes; None where it takes none."""
    takes = any(control.kind == MAP for control in condition.controls)
    return getattr(condition, 'palette', None) if takes else None
