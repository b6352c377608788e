"""Pairs of a portrait and its condition: label map and hair colour map."""
import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from chainer.dataset import DatasetMixin
from chainer.datasets import SubDataset

from spade_anime.data.errors import DataError
from spade_anime.data.images import (
    check_square,
    classes_from,
    color_from,
    image_from,
    list_images,
    open_picture,
    split_strip,
)
from spade_anime.data.palette import HAIR, one_hot


class Sample(NamedTuple):
    """Where one sample lies: three files, or one strip named by ``image`` alone (``label`` is None)."""

    name: str
    image: Path
    label: Path | None = None
    color: Path | None = None


class PairedDataset(DatasetMixin):
    """Samples ``(image, label, color)`` decoded anew on each access; only paths are kept.

    image (3, S, S) float32 in [-1, 1]; label (4, S, S) float32 in {0, 1}; color (3, S, S) float32 in [0, 1], zero
    outside the hair. A sample without a colour map gets the mean colour of its image's hair pixels.

    Args:
        samples: where the samples lie.
        image_size: S in pixels.
        problems: faults found while listing the files, one line each; ``check_dataset`` reports them.
    """

    def __init__(self, samples: list[Sample], image_size: int, problems: list[str] | None = None):
        self.samples = samples
        self.image_size = image_size
        self.problems = problems or []

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def names(self) -> list[str]:
        """The samples' names, in their order."""
        return [sample.name for sample in self.samples]

    def get_example(self, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read sample i; raises DataError naming the file at fault."""
        panels = open_panels(self.samples[i])
        image = image_from(panels['image'][0], self.image_size)
        label = one_hot(classes_from(*panels['label'], self.image_size)[0])
        if 'color' in panels:
            color = color_from(panels['color'][0], self.image_size)
        else:
            color = mean_hair_color(image, label)
        return image * 2 - 1, label, color * label[HAIR]


def open_panels(sample: Sample) -> dict:
    """Open what a sample has: ``image``, ``label`` and perhaps ``color`` -> (square picture, file)."""
    if sample.label is None:
        strip = split_strip(open_picture(sample.image), sample.image)
        return {key: (picture, sample.image) for key, picture in zip(('image', 'label', 'color'), strip)}
    files = {'image': sample.image, 'label': sample.label, 'color': sample.color}
    return {key: (open_square(path, key), path) for key, path in files.items() if path is not None}


def open_square(path: str | os.PathLike, what: str):
    """Open a picture file that has to be square; ``what`` names its part in the message."""
    picture = open_picture(path)
    check_square(picture, path, what)
    return picture


def mean_hair_color(image: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Return the mean colour (3, 1, 1) of an image's hair pixels; zeros where there is no hair.

    Args:
        image: (3, H, W) in [0, 1].
        label: (4, H, W) in {0, 1}.
    """
    count = label[HAIR].sum()
    total = (image * label[HAIR]).sum(axis=(1, 2), keepdims=True)
    return (total / max(count, 1)).astype(np.float32)


def open_dataset(directory: str | os.PathLike, image_size: int) -> PairedDataset:
    """List the samples of a directory, sorted by name; nothing is decoded yet.

    Two layouts: picture files side by side ``image | label | color`` or ``image | label`` (each part square), or the
    folders ``image``, ``label`` and perhaps ``color``, whose files are joined by their names without extension.
    Hidden files and files that are no pictures (``metadata.jsonl``) are left out.

    Raises:
        DataError: no such directory, or no sample in it. Faults of single files are left to ``check_dataset``.
    """
    directory = Path(directory)
    strips = list_images(directory)
    if (directory / 'image').is_dir() or (directory / 'label').is_dir():
        return _open_folders(directory, image_size)
    if not strips:
        raise DataError(f'{directory}: no samples; expected strips image | label | color (png, jpg, jpeg, bmp, webp) '
                        f'or the folders image, label and perhaps color')
    return PairedDataset([Sample(path.name, path) for path in strips], image_size)


def _open_folders(directory: Path, image_size: int) -> PairedDataset:
    problems = []
    parts = ['image', 'label'] + ['color'] * (directory / 'color').is_dir()
    files = {part: _by_stem(directory / part, problems) for part in parts}
    stems = sorted(set().union(*files.values()))
    complete = []
    for stem in stems:
        missing = [part for part in parts if stem not in files[part]]
        if missing:
            found = next(files[part][stem] for part in parts if stem in files[part])
            problems += [f'{found}: has no counterpart {directory / part / stem}.*' for part in missing]
        else:
            complete.append(Sample(stem, *(files[part][stem] for part in parts)))
    if not stems:
        raise DataError(f'{directory}: the folders {", ".join(parts)} hold no pictures')
    return PairedDataset(complete, image_size, problems)


def _by_stem(directory: Path, problems: list[str]) -> dict[str, Path]:
    files = list_images(directory)
    counts = Counter(path.stem for path in files)
    problems += [f'{directory / stem}.*: {count} files share this name, one is allowed'
                 for stem, count in counts.items() if count > 1]
    return {path.stem: path for path in files}


def split(dataset, validation: float = 0.1, seed: int = 0) -> tuple[SubDataset, SubDataset]:
    """Split into (training, validation), whole samples, drawn by a hash of the seed and the sample's name.

    A growing data set keeps nearly all its samples on their side. Two or more samples leave at least one on each
    side when ``validation`` is above 0; a single sample stays in training and validation is empty.

    Args:
        dataset: has ``names``, else the index is the name.
        validation: share of the samples, 0..1.
        seed: another seed, another split.
    """
    count = len(dataset)
    names = getattr(dataset, 'names', range(count))
    digests = [hashlib.blake2b(f'{seed}:{name}'.encode(), digest_size=8).digest() for name in names]
    by_hash = sorted(range(count), key=digests.__getitem__)
    held_out = min(max(round(count * validation), validation > 0), count - 1)
    order = sorted(by_hash[held_out:]) + sorted(by_hash[:held_out])
    training = count - held_out
    return SubDataset(dataset, 0, training, order), SubDataset(dataset, training, count, order)


class Mirrored(DatasetMixin):
    """Twice as long as the data set it wraps: its samples, then their left-right mirrored copies."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __len__(self) -> int:
        return 2 * len(self.dataset)

    def get_example(self, i: int) -> tuple[np.ndarray, ...]:
        """Read sample i; every array of a mirrored one is flipped along its last axis."""
        count = len(self.dataset)
        sample = self.dataset[i % count]
        return sample if i < count else tuple(np.ascontiguousarray(array[..., ::-1]) for array in sample)
