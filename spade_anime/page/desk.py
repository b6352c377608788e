"""What the page can do with the drawings of --data, as functions of what a browser sends."""
import io
import re
from collections.abc import Mapping
from typing import Any

import cv2
import numpy
from PIL import Image

from spade_anime.data.images import decoded
from spade_anime.data.palette import Palette
from spade_anime.data.squares import middle_square
from spade_anime.page.assistant import Assistant, Draft
from spade_anime.page.collection import Collection
from spade_anime.page.crops import Square
from spade_anime.page.faults import NotFound, RequestError
from spade_anime.page.pictures import on_white, png
from spade_anime.page.studio import Studio, encoded
from spade_anime.page.values import json_object, label_map, number_in, size_in, text, whole

LARGEST_SHOWN = 1024
LARGEST_SIDE = 2 ** 20


class Desk:
    """Answers a page that labels drawings.

    Args:
        collection: the drawings; None where --data was not given.
        studio: whose generators say which classes labels have.
    """

    def __init__(self, collection: Collection | None, studio: Studio):
        self._collection, self.studio = collection, studio
        self.assistant = Assistant(collection)

    @property
    def collection(self) -> Collection:
        """The drawings. Raises RequestError where there are none to be."""
        if self._collection is None:
            raise RequestError('--data: no directory was named at start; allowed is  paint.py --data DIR')
        return self._collection

    def state(self) -> dict[str, Any]:
        """How far the labelling is; without --data whether there is a labeller."""
        if self._collection is None:
            return {'labeller': self.assistant.there}
        count = len(self._collection.drawings)
        done = [number for number in range(count) if self._collection.done(number)]
        helper = self.assistant
        return {'directory': str(self._collection.directory), 'dataset': str(self._collection.dataset), 'count': count,
                'done': done, 'names': [drawing.name for drawing in self._collection.drawings],
                'next': helper.next_number(), 'labeller': helper.there, 'learning': helper.learning,
                'labelling': helper.labelling, 'fault': helper.fault}

    def drawing(self, query: Mapping[str, str]) -> bytes:
        """A drawing as PNG: the square that is labelled; with ``whole`` all of it. Raises RequestError, DataError."""
        number = self._number(query)
        picture = self.collection.whole(number) if query.get('whole') else self.collection.square(number)
        picture.thumbnail((LARGEST_SHOWN, LARGEST_SHOWN))
        return png(picture, {})

    def crop(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Which square of a drawing is labelled, in its pixels. Raises RequestError, DataError."""
        number = self._number(query)
        size = self.collection.whole(number).size
        return {'size': size, 'square': self.collection.crop(number, size)._asdict(),
                'croppable': self.collection.croppable(number)}

    def choose(self, body: bytes) -> dict[str, Any]:
        """Take another square of a drawing. Raises RequestError, DataError, WriteError."""
        asked = json_object(body)
        palette = self.studio.palette_of(text(asked, 'generator'))
        self.collection.check(palette)
        number = whole(asked, 'number', 0, len(self.collection.drawings) - 1, -1)
        left, top, side = (whole(asked, name, 0, LARGEST_SIDE, -1) for name in Square._fields)
        self.collection.choose(number, Square(left, top, side), palette)
        return self.crop({'number': str(number)})

    def draft(self, query: Mapping[str, str]) -> dict[str, Any]:
        """The label that a drawing has, or a draft of one. Raises RequestError, DataError."""
        number, size = self._number(query), size_in(query)
        palette = self.studio.palette_of(query.get('name', ''))
        self.collection.check(palette)
        label, done = self.collection.label(number), self.collection.done(number)
        if not done and (found := self._drafted(number, size, palette)):
            return {'classes': encoded(found.classes), 'certainty': found.certainty, 'by': 'labeller'}
        if label is None:
            label = numpy.full((size, size), palette.background, numpy.uint8)
        sized = cv2.resize(label, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
        return {'classes': encoded(sized), 'certainty': 1.0 if done else 0.0, 'by': 'hand' if done else 'nobody'}

    def label(self, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """A draft of the label of a drawing that is not one of --data. Raises RequestError, DataError."""
        picture = middle_square(on_white(decoded(io.BytesIO(body), 'the drawing')))
        draft = self.assistant.draft(picture, size_in(query), self.studio.palette_of(query.get('name', '')))
        if draft is None:
            raise RequestError('pretrained/labeller.npz: no such file; draw the label by hand')
        return {'classes': encoded(draft.classes), 'certainty': draft.certainty}

    def save(self, body: bytes) -> dict[str, Any]:
        """Keep a label that was corrected. Raises RequestError, WriteError."""
        asked = json_object(body)
        palette = self.studio.palette_of(text(asked, 'generator'))
        self.collection.check(palette)
        number = whole(asked, 'number', 0, len(self.collection.drawings) - 1, -1)
        self.collection.save(number, label_map(asked.get('label'), len(palette.names)), palette)
        self.assistant.corrected(palette)
        return self.state()

    def label_rest(self, body: bytes) -> dict[str, Any]:
        """Have the labeller label all drawings that are left. Raises RequestError."""
        palette = self.studio.palette_of(text(json_object(body), 'generator'))
        self.collection.check(palette)
        self.assistant.label_rest(palette)
        return self.state()

    def drop(self, query: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Keep a drawing that was dropped on the page. Raises RequestError, DataError, WriteError."""
        stem = re.sub(r'\.\w+$', '', query.get('file', '')) or 'drawing'
        number = self.collection.drop(stem, decoded(io.BytesIO(body), 'the drawing'))
        return self.state() | {'number': number}

    def sample(self, body: bytes) -> dict[str, Any]:
        """Keep a painted picture and its label as a pair of the data set. Raises RequestError, InputError."""
        asked = json_object(body)
        palette = self.studio.palette_of(text(asked, 'generator'))
        self.collection.check(palette)
        classes = label_map(asked.get('label'), len(palette.names))
        whole(asked, 'samples', 1, 1, 1)
        painted = self.studio.paint(body)
        name = self.collection.new_name('painted')
        self.collection.add_pair(name, Image.fromarray(painted.pictures[0]), palette.array[classes], palette)
        self.collection.look()
        return self.state() | {'name': name}

    def _drafted(self, number: int, size: int, palette: Palette) -> Draft | None:
        return self.assistant.draft(self.collection.square(number), size, palette,
                                    self.collection.drawings[number].name)

    def _number(self, query: Mapping[str, str]) -> int:
        number = number_in(query, 'number')
        if number >= len(self.collection.drawings):
            raise NotFound(f'number: {number}; there are {len(self.collection.drawings)} drawings, counted from 0')
        return number
