"""Pairs of a portrait and its condition: label map and hair colour map."""
import dataclasses
import functools
import os
from collections.abc import Callable

import numpy as np
from chainer.dataset import DatasetMixin

from spade_anime.conditions.label_color.layout import Listing, Sample, list_samples
from spade_anime.conditions.label_color.palettes import palette_in, palette_notes
from spade_anime.conditions.label_color.regions import Portrait, measured, with_map
from spade_anime.conditions.label_color.samples import Parts, read_parts, read_sample
from spade_anime.data.checking import check_dataset
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.palette import FIVE, Palette
from spade_anime.data.splitting import Mirrored, split

__all__ = ['LabelledDataset', 'Mirrored', 'PairedDataset', 'check_dataset', 'open_dataset', 'split']


class PairedDataset(DatasetMixin):
    """Samples ``(image, label, color)``, decoded anew on each access: only paths are kept.

    image (3, S, S) float32 in [-1, 1]; label (C, S, S) float32 in {0, 1}; color (3, S, S) float32 in [0,
    1], zero outside the hair. A sample without a colour map gets the mean colour of its image's hair
    pixels.

    Args:
        listing: where the samples lie, and what is known of them.
        image_size: S in pixels.
        palette: the classes of the labels.
        fit: what is done with pictures that are not square, one of ``FITS``.
    """

    def __init__(self, listing: Listing, image_size: int, palette: Palette = FIVE, fit: str = 'none'):
        self.listing, self.image_size, self.palette, self.fit = listing, image_size, palette, fit
        self.samples, self.held_out = listing.samples, listing.held_out
        self.problems, self.notes = listing.problems, listing.notes

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def names(self) -> list[str]:
        """The samples' names, in their order."""
        return [sample.name for sample in self.samples]

    @property
    def inspect(self) -> Callable[[Sample, int], tuple[Note, ...]]:
        """Reads a sample at a size and returns what was repaired in it. It raises DataError."""
        return functools.partial(_notes, palette=self.palette, fit=self.fit)

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Read sample i. Raises DataError, naming the file at fault."""
        image, label, color = read_sample(self.samples[i], self.image_size, self.palette, self.fit)
        return image * 2 - 1, label, color


class LabelledDataset(PairedDataset):
    """As ``PairedDataset``, but samples ``(image, label)``."""

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Read sample i. Raises DataError, naming the file at fault."""
        return super().get_example(i)[:2]


class ColoredDataset(PairedDataset):
    """As ``PairedDataset``, but the colour map has the colour of every region: measured in the image, or that of the
    colour map that comes with the sample, where it names one."""

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Read sample i. Raises DataError, naming the file at fault."""
        parts = self._parts(i)
        colors, _ = measured(parts.image, parts.classes, self.palette.names)
        if parts.color is not None:
            colors = with_map(colors, parts.color, parts.classes, self.palette.hair)
        return parts.image * 2 - 1, self.palette.one_hot(parts.classes), colors.astype(np.float32)

    def portrait(self, i: int) -> Portrait:
        """The colours of sample i, measured. Raises DataError."""
        parts = self._parts(i)
        return measured(parts.image, parts.classes, self.palette.names)[1]

    def _parts(self, i: int) -> Parts:
        return read_parts(self.samples[i], self.image_size, self.palette, self.fit, fill=False)


def open_dataset(directory: str | os.PathLike, image_size: int, known: Palette | None = None,
                 fit: str = 'none') -> PairedDataset:
    """List the samples of a directory, in one of the layouts of ``list_samples``; nothing is decoded yet.

    ``palette.json`` names the classes of the labels; without it they are ``FIVE``.

    Args:
        directory: of the data set.
        image_size: in pixels.
        known: classes that the labels have to have; None: any.
        fit: what is done with pictures that are not square, one of ``FITS``.

    Raises:
        DataError: no such directory, or no samples in it; other classes. Faults of single files are
            ``check_dataset``'s to tell.
    """
    listing = list_samples(directory)
    palette = palette_in(listing.palette_place, known)
    listing = dataclasses.replace(listing, notes=[*listing.notes, *palette_notes(listing.palette_place, palette)])
    return PairedDataset(listing, image_size, palette, fit)


def _notes(sample: Sample, size: int, palette: Palette, fit: str) -> tuple[Note, ...]:
    return read_parts(sample, size, palette, fit).notes
