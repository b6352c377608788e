"""Which labels to look at first: a table and a sheet of them, the least certain first."""
import csv
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy

from spade_anime.data.palette import Palette
from spade_anime.data.pictures import PREVIEW_SIZE, save_picture, sheet
from spade_anime.labelling.labeller import Labelled
from spade_anime.runs.weights import replacing

TABLE, SHEET = 'review.csv', 'review.png'
MOST_SHOWN = 48
LONGEST_NAME = 28
CAPTIONS = 'drawing', 'label', 'white: sure'
COLUMNS = 'name', 'confidence', 'least_certain_class'

Tiles = list[numpy.ndarray]
"""A drawing, its label, and how sure the labeller is of each pixel, (PREVIEW_SIZE, PREVIEW_SIZE, 3) uint8."""


class Row(NamedTuple):
    """A label that was written: of which drawing, how certain it is, from 0 to 1, and its least certain class."""

    name: str
    confidence: float
    doubtful: str


class Review:
    """The labels of a folder. ``rows``: all of them; pictures are kept of the ``MOST_SHOWN`` least certain ones."""

    def __init__(self, palette: Palette):
        self.palette = palette
        self.rows: list[Row] = []
        self._tiles: dict[Row, Tiles] = {}

    def add(self, name: str, image: numpy.ndarray, labelled: Labelled) -> None:
        """Take in the label of a drawing (S, S, 3) uint8.

        Its confidence is the mean over its classes, so that eyes count as much as hair.
        """
        by_class = confidences(labelled)
        doubtful = min(by_class, key=lambda position: by_class[position])
        row = Row(name, float(numpy.mean(list(by_class.values()))), self.palette.names[doubtful])
        self.rows.append(row)
        self._tiles[row] = self._drawn(image, labelled)
        if len(self._tiles) > MOST_SHOWN:
            del self._tiles[max(self._tiles, key=_confidence)]

    def save(self, directory: Path) -> None:
        """Write ``TABLE`` and ``SHEET``, the least certain first. Raises WriteError."""
        with replacing(directory / TABLE) as temporary, open(temporary, 'w', newline='', encoding='utf-8',
                                                              errors='backslashreplace') as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            table.writerows((row.name, f'{row.confidence:.3f}', row.doubtful)
                            for row in sorted(self.rows, key=_confidence))
        shown = sorted(self._tiles, key=_confidence)
        names = [f'{row.confidence:.2f} {row.name[-LONGEST_NAME:]}'.encode(errors='replace').decode() for row in shown]
        if shown:
            save_picture(sheet([self._tiles[row] for row in shown], CAPTIONS, names), directory / SHEET)

    def _drawn(self, image: numpy.ndarray, labelled: Labelled) -> Tiles:
        sure = numpy.rint(255 * labelled.confidence).astype(numpy.uint8)
        tiles = image, self.palette.array[labelled.classes], numpy.repeat(sure[:, :, None], 3, axis=2)
        return [cv2.resize(tile, (PREVIEW_SIZE, PREVIEW_SIZE), interpolation=cv2.INTER_AREA) for tile in tiles]


def confidences(labelled: Labelled) -> dict[int, float]:
    """How sure a labeller is of each class in a label, by position: the mean over its pixels, from 0 to 1."""
    classes, confidence = labelled
    return {int(position): float(confidence[classes == position].mean()) for position in numpy.unique(classes)}


def _confidence(row: Row) -> float:
    return row.confidence
