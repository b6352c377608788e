"""Tags of a picture: its attributes, and perhaps one of some words, such as the colour of the hair."""
import os
from pathlib import Path

import numpy as np

from spade_anime.conditions.attributes.dataset import open_attributes, selected
from spade_anime.data.classes import class_vector, metadata_classes
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.metadata import metadata_file


def open_tags(directory: str | os.PathLike, table: str, label_key: str, image_size: int,
              wanted: tuple[str, ...] = ()) -> tuple[tuple[str, ...], DescribedImages]:
    """Names of the tags, and samples ``(image, vector)`` whose vector (n,) float32 in {0, 1} follows them.

    Args:
        directory: of the data set.
        table: of the attributes, as ``open_attributes`` reads it.
        label_key: key in the metadata whose value, a word, is a tag as well; '' for none.
        image_size: of the samples, in pixels.
        wanted: tags to use, in this order; () for all there are.

    Raises:
        DataError: what is wrong with the table, a wanted tag that is not there, or a word that is also an attribute.
    """
    names, dataset = open_attributes(directory, table, image_size)
    if label_key:
        names, dataset = _with_words(names, dataset, Path(directory), label_key)
    return wanted or names, selected(dataset, names, wanted) if wanted else dataset


def _with_words(names: tuple[str, ...], dataset: DescribedImages, directory: Path,
                label_key: str) -> tuple[tuple[str, ...], DescribedImages]:
    words = dict(metadata_classes(directory, label_key))
    vocabulary = tuple(sorted(set(words.values())))
    source = f'{metadata_file(directory)}: {label_key}'
    if taken := sorted(set(vocabulary) & set(names)):
        raise DataError(f'{source} has the value {taken[0]!r}, which is also an attribute; allowed is one of both')
    samples = []
    for sample in dataset.samples:
        if sample.image not in words:
            raise DataError(f'{source} is missing for {sample.image.name}; allowed is a word for each picture')
        vector = np.concatenate((sample.vector, class_vector(words[sample.image], vocabulary)))
        samples.append(Described(sample.image, vector))
    return (*names, *vocabulary), DescribedImages(samples, dataset.image_size, dataset.names, dataset.notes)
