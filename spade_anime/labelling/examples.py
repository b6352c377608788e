"""Labelled drawings that a labeller learns from."""
import os
from typing import NamedTuple

from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.data.errors import DataError
from spade_anime.data.palette import Palette
from spade_anime.data.pictures import to_pixels
from spade_anime.labelling.learning import LEARNT_SIZE, Pair
from spade_anime.labelling.marks import made_by_machine


class Examples(NamedTuple):
    """Pairs to learn from, and the classes of their labels."""

    pairs: list[Pair]
    palette: Palette


def read_examples(directory: str | os.PathLike, fit: str = 'none') -> Examples:
    """Read the samples of a data set, in any layout of ``list_samples``, whose labels were made by hand.

    Labels that a labeller wrote, and nobody changed, are left out. ``fit``: what is done with pictures that are not
    square, one of ``FITS``. Raises DataError: all faults of the set, a line each, or no such samples.
    """
    dataset = open_dataset(directory, LEARNT_SIZE, fit=fit)
    dataset.samples = [sample for sample in dataset.samples
                       if sample.label is None or not made_by_machine(sample.label)]
    if not dataset.samples:
        raise DataError(f'{directory}: no labels made by hand; allowed is one or more')
    check_dataset(dataset, progress=False)
    palette = dataset.palette
    read = (dataset[i][:2] for i in range(len(dataset)))
    return Examples([(to_pixels(image), palette.classes(label)) for image, label in read], palette)
