"""Pictures and the texts that tell of them, from its metadata or the published files of StackGAN."""
import os
from collections.abc import Hashable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from chainer.dataset import DatasetMixin

from spade_anime.data.described import DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.hair import HAIR_COLORS
from spade_anime.data.metadata import metadata_file, read_metadata
from spade_anime.fields import shown
from spade_anime.files import plain_text

KEYS = 'caption', 'captions', 'text'
"""What the column of captions may be called; Hugging Face calls it text."""
LONGEST_TEXT = 2000
"""Characters of a caption; a sentence has some 100."""


class Captioned(NamedTuple):
    """A picture and its captions.

    name: by which the picture is split into training and validation. group: pictures of other groups are told of by
    other captions; its class, or itself. embeddings: (captions, n) where they are published, else None.
    """

    image: Path
    name: str
    captions: tuple[str, ...]
    group: Hashable
    embeddings: np.ndarray | None = None


class CaptionedPictures(list):
    """``Captioned`` pictures that can be split before any is decoded."""

    @property
    def names(self) -> list[str]:
        """The pictures' names, in their order."""
        return [picture.name for picture in self]


class EveryCaption(DatasetMixin):
    """Samples ``(image, vector)``, one for each caption of each image: all first captions, then all second ones.

    Args:
        dataset: ``DescribedImages`` whose vectors are (captions, n).
    """

    def __init__(self, dataset: DescribedImages):
        self.dataset = dataset
        counts = [len(sample.vector) for sample in dataset.samples]
        self.places = [(i, k) for k in range(max(counts, default=0)) for i, count in enumerate(counts) if k < count]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def image_count(self) -> int:
        """Different images in it."""
        return len(self.dataset)

    def get_example(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Read the image of caption i."""
        image, caption = self.places[i]
        pixels, vectors = self.dataset[image]
        return pixels, vectors[caption]


def read_captions(directory: str | os.PathLike) -> CaptionedPictures:
    """Pictures of a directory's metadata, whose rows have one of ``KEYS``: a text, or a list of texts.

    A picture may have several rows, as in tables with a row for each caption.

    Raises:
        DataError: one line of what is wrong, in which row, and what is allowed.
    """
    source = metadata_file(directory)
    found: dict[Path, tuple[str, list[str]]] = {}
    for row in read_metadata(directory):
        where = f'{source}, {row["file_name"]}'
        captions = next((row[key] for key in KEYS if key in row), None)
        captions = [captions] if isinstance(captions, str) else captions
        if not isinstance(captions, list) or not captions:
            others = ', '.join(shown(key) for key in row if key not in ('file_name', 'path'))
            raise DataError(f'{where}: no "{KEYS[0]}" in this row, which has {others or "the name of a file only"}; '
                            f'allowed is a text or a list of texts, which may also be called {" or ".join(KEYS[1:])}')
        _, texts = found.setdefault(row['path'], (row['file_name'], []))
        texts += [checked_text(text, where) for text in captions]
    return CaptionedPictures(Captioned(path, name, tuple(dict.fromkeys(texts)), name)
                             for path, (name, texts) in found.items())


def checked_text(text: object, where: str) -> str:
    """The text without white space around it, its words divided by one space. Raises DataError where it is none, empty,
    far too long, or has control characters."""
    words = ' '.join(text.split()) if isinstance(text, str) else ''
    if not words or len(words) > LONGEST_TEXT or not plain_text(words):
        found = repr(text[:30]) + '...' * (len(text) > 30) if isinstance(text, str) else type(text).__name__
        raise DataError(f'{where}: {found} is no caption; allowed is a text of 1 to {LONGEST_TEXT} characters')
    return words


def named_color(text: str) -> str | None:
    """First word of a text that names a hair colour; None where none does."""
    return next((word for word in text.lower().replace(',', ' ').split() if word in HAIR_COLORS), None)
