"""Pairs of a portrait and its condition: label map and hair colour map."""
import functools
import os
from collections.abc import Callable

import numpy as np
from chainer.dataset import DatasetMixin

from spade_anime.conditions.label_color.palettes import palette_in
from spade_anime.conditions.label_color.samples import Sample, list_samples, read_sample
from spade_anime.data.checking import check_dataset
from spade_anime.data.palette import FIVE, Palette
from spade_anime.data.splitting import Mirrored, split

__all__ = ['LabelledDataset', 'Mirrored', 'PairedDataset', 'check_dataset', 'open_dataset', 'split']


class PairedDataset(DatasetMixin):
    """Samples ``(image, label, color)``, decoded anew on each access: only paths are kept.

    image (3, S, S) float32 in [-1, 1]; label (C, S, S) float32 in {0, 1}; color (3, S, S) float32 in [0,
    1], zero outside the hair. A sample without a colour map gets the mean colour of its image's hair
    pixels.

    Args:
        samples: where the samples lie.
        image_size: S in pixels.
        problems: faults found in listing the files, one line each, for ``check_dataset`` to report.
        palette: the classes of the labels.
    """

    def __init__(self, samples: list[Sample], image_size: int, problems: list[str] | None = None,
                 palette: Palette = FIVE):
        self.samples = samples
        self.image_size = image_size
        self.problems = problems or []
        self.palette = palette

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def names(self) -> list[str]:
        """The samples' names, in their order."""
        return [sample.name for sample in self.samples]

    @property
    def inspect(self) -> Callable[[Sample, int], float]:
        """Reads a sample at a size and returns the share of stray pixels in its label. It raises DataError."""
        return functools.partial(_stray_share, palette=self.palette)

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Read sample i. Raises DataError, naming the file at fault."""
        image, label, color, _ = read_sample(self.samples[i], self.image_size, self.palette)
        return image * 2 - 1, label, color


class LabelledDataset(PairedDataset):
    """As ``PairedDataset``, but samples ``(image, label)``."""

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Read sample i. Raises DataError, naming the file at fault."""
        return super().get_example(i)[:2]


def open_dataset(directory: str | os.PathLike, image_size: int, known: Palette | None = None) -> PairedDataset:
    """List the samples of a directory, sorted by name; nothing is decoded yet.

    Two layouts are known: strips, picture files that show ``image | label | color`` or ``image | label``
    side by side, each part square; or the folders ``image``, ``label`` and perhaps ``color``, whose files
    are joined by their names without extension. Hidden files and files that are no pictures
    (metadata.jsonl) are left out. ``palette.json`` names the classes of the labels; without it they are ``FIVE``.

    Args:
        directory: of the data set.
        image_size: in pixels.
        known: classes that the labels have to have; None: any.

    Raises:
        DataError: no such directory, or no samples in it; other classes. Faults of single files are
            ``check_dataset``'s to tell.
    """
    samples, problems = list_samples(directory)
    return PairedDataset(samples, image_size, problems, palette_in(directory, known))


def _stray_share(sample: Sample, size: int, palette: Palette) -> float:
    return read_sample(sample, size, palette).stray
