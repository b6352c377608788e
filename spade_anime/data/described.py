"""Images described by a vector: of a class, of attributes, or of a sentence."""
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from chainer.dataset import DatasetMixin
from PIL import Image

from spade_anime.data.images import image_from, open_picture
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.squares import middle_square

STRIPS = 2, 3
"""A picture exactly 2 or 3 times as wide as high is a strip whose first square is the image."""


class Described(NamedTuple):
    """A picture file and the vector (n,) float32 that describes it."""

    image: Path
    vector: np.ndarray


class DescribedImages(DatasetMixin):
    """Samples ``(image, vector)``, decoded on each access: image (3, S, S) float32 in [-1, 1].

    Args:
        samples: pictures and their vectors.
        image_size: S in pixels.
        names: of the samples, by which they are split; None: the pictures' file names.
        notes: what the user should know of them, one line each.
    """

    def __init__(self, samples: Sequence[Described], image_size: int, names: list[str] | None = None,
                 notes: Sequence[str] = ()):
        self.samples, self.image_size = samples, image_size
        self.names = names or [sample.image.name for sample in samples]
        self.problems: list[str] = []
        self.notes = notes

    def __len__(self) -> int:
        return len(self.samples)

    @staticmethod
    def inspect(sample: Described, image_size: int) -> tuple[Note, ...]:
        """Read a sample, which has no label to take note of. Raises DataError."""
        read_image(sample.image, image_size)
        return ()

    def get_example(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Read sample i. Raises DataError, naming the file."""
        sample = self.samples[i]
        return read_image(sample.image, self.image_size) * 2 - 1, sample.vector


def read_image(path: Path, size: int) -> np.ndarray:
    """Read a picture as (3, size, size) float32 in [0, 1]: a strip's first square, else the square in the middle."""
    return image_from(first_or_middle_square(open_picture(path)), path, size)


def first_or_middle_square(picture: Image.Image) -> Image.Image:
    """Cut the image out of a strip, or the largest square out of the middle of any other picture."""
    width, height = picture.size
    if width in [n * height for n in STRIPS]:
        return picture.crop((0, 0, height, height))
    return middle_square(picture)
