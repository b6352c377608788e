"""A labeller: a network, and the classes that it tells apart."""
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import chainer
import cv2
import numpy

from spade_anime.data.errors import DataError
from spade_anime.data.images import image_from
from spade_anime.data.palette import FIVE, Palette, palette_of
from spade_anime.data.pictures import to_pixels
from spade_anime.data.squares import Squared, cut_padding, open_square
from spade_anime.evaluation.segmentation import agreement, class_weights, confusion
from spade_anime.labelling.augmentation import MILD
from spade_anime.labelling.learning import LEARNT_SIZE, Pair, Progress, counted, one_of, train, within
from spade_anime.labelling.network import LabellingNetwork
from spade_anime.runs.weights import SnapshotError, arrays_of, load_arrays, read_arrays, save_network

PRETRAINED = Path(__file__).parents[2] / 'pretrained' / 'labeller.npz'
SIZE = 128
"""Pixels at which drawings are seen and learnt."""

RATE = 1e-3
HEAD = 'head/W', 'head/b'
_PALETTE = 'palette'


class Labelled(NamedTuple):
    """A label, positions in the palette uint8 (S, S), and how sure the labeller is of each pixel, float32 in [0, 1]."""

    classes: numpy.ndarray
    confidence: numpy.ndarray


class Labeller:
    """Labels drawings with the classes of ``palette``, by a network that may learn from labelled ones.

    ``learn`` trains a copy and exchanges the network at the end: ``label`` may be called in the meantime.
    """

    def __init__(self, network: LabellingNetwork, palette: Palette = FIVE):
        self.network, self.palette = network, palette

    def label(self, picture: Any, size: int, fit: str = 'none') -> Labelled:
        """Label a drawing.

        Args:
            picture: a path, a picture of Pillow, or an array, as ``as_picture`` takes it.
            size: of the label in pixels. The drawing is seen at ``SIZE`` px; the borders of the classes are
                interpolated.
            fit: what is done with a picture that is not square, one of ``FITS``; padding is background.

        Raises DataError: it cannot be read.
        """
        return self.of_square(open_square(picture, 'drawing', fit), size)

    def of_square(self, square: Squared, size: int) -> Labelled:
        """Label a drawing that is opened already, as ``label``."""
        image = image_from(square.picture, square.source, SIZE) * 2 - 1
        probabilities = resized(self.probabilities(image[None])[0], size)
        classes = probabilities.argmax(axis=0).astype(numpy.uint8)
        return Labelled(cut_padding(classes, square.window(size), self.palette.background), probabilities.max(axis=0))

    def probabilities(self, images: numpy.ndarray) -> numpy.ndarray:
        """Probability of each class in images (N, 3, S, S) in [-1, 1]: (N, classes, S, S).

        It is the mean over an image and its mirror image.
        """
        with chainer.using_config('train', False), chainer.no_backprop_mode():
            both = self.network(numpy.concatenate((images, images[..., ::-1])))
            first, mirrored = numpy.split(chainer.functions.softmax(both).array, 2)
        return (first + mirrored[..., ::-1]) / 2

    def learn(self, pairs: Sequence[tuple[Any, numpy.ndarray]], seconds: float = 60,
              progress: Progress = lambda share: None, iterations: int = 0, seed: int = 0) -> None:
        """Train further on drawings with labels.

        Args:
            pairs: a square drawing, as ``label`` takes it, and its classes uint8 (S, S), of any size, positions in the
                palette.
            seconds: how long.
            progress: called with the share that is over.
            iterations: so many in place of ``seconds``; then the same arguments give the same weights.
            seed: of what is drawn at random.

        Raises DataError: no pairs, or one that cannot be used.
        """
        learnt = [_learnt(*pair, len(self.palette.names)) for pair in pairs]
        if not learnt:
            raise DataError('no examples to learn from; allowed is one or more')
        network = self.network.copy('copy')
        shares = counted(iterations, progress) if iterations else within(seconds, progress)
        weights = class_weights(numpy.stack([classes for _, classes in learnt]), len(self.palette.names))
        train(network, one_of(learnt), weights, SIZE, MILD, shares, RATE, seed)
        self.network = network

    def with_palette(self, palette: Palette) -> 'Labeller':
        """A labeller of other classes, to be trained: what it knows of classes of the same names stays."""
        if palette.same_classes(self.palette):
            return Labeller(self.network, palette)
        arrays, known = arrays_of(self.network), self.palette.names
        network = LabellingNetwork(len(palette.names))
        fresh = arrays_of(network)
        for name in HEAD:
            for place in (k for k, of in enumerate(palette.names) if of in known):
                fresh[name][place] = arrays[name][known.index(palette.names[place])]
        load_arrays({**arrays, **{name: fresh[name] for name in HEAD}}, network, 'the labeller')
        return Labeller(network, palette)

    def save(self, path: str | os.PathLike) -> None:
        """Write it to an npz file, in half precision. Raises WriteError."""
        about = {_PALETTE: numpy.array(json.dumps(self.palette.values()))}
        save_network(Path(path), self.network, numpy.float16, about)


def load(path: str | os.PathLike = PRETRAINED) -> Labeller:
    """Load a labeller: the one that comes with the project, or one that ``Labeller.save`` wrote.

    Raises SnapshotError: the file is missing, damaged or none of a labeller.
    """
    arrays = read_arrays(path)
    try:
        palette = palette_of(json.loads(str(arrays.pop(_PALETTE))))
    except (KeyError, ValueError, RecursionError):
        raise SnapshotError(f'{path}: not a labeller; allowed are files that label.py wrote') from None
    network = LabellingNetwork(len(palette.names))
    load_arrays(arrays, network, path)
    return Labeller(network, palette)


def miou(labeller: Labeller, pairs: Iterable[tuple[Any, numpy.ndarray]]) -> float:
    """How well drawings are labelled: mean intersection over union of the classes, over all pairs of a square drawing
    and its classes, positions in the palette uint8 (S, S)."""
    count = len(labeller.palette.names)
    matrix = numpy.zeros((count, count), numpy.int64)
    for picture, classes in pairs:
        matrix += confusion(classes, labeller.label(picture, len(classes)).classes, count)
    return agreement(matrix, labeller.palette.names)['label_miou']


def resized(maps: numpy.ndarray, size: int) -> numpy.ndarray:
    """Maps (C, S, S), interpolated linearly to (C, size, size); areas averaged to shrink."""
    if maps.shape[1] == size:
        return maps
    method = cv2.INTER_AREA if maps.shape[1] > size else cv2.INTER_LINEAR
    return numpy.stack([cv2.resize(one, (size, size), interpolation=method) for one in maps])


def _learnt(picture: Any, classes: Any, count: int) -> Pair:
    """A pair at the size at which it is learnt."""
    square = open_square(picture, 'drawing')
    if not isinstance(classes, numpy.ndarray) or classes.dtype != numpy.uint8 or classes.ndim != 2 \
            or classes.shape[0] != classes.shape[1] or classes.max() >= count:
        raise DataError(f'{square.source}: its classes are no array (S, S) of uint8 below {count}')
    image = to_pixels(image_from(square.picture, square.source, LEARNT_SIZE) * 2 - 1)
    return image, cv2.resize(classes, (LEARNT_SIZE, LEARNT_SIZE), interpolation=cv2.INTER_NEAREST_EXACT)
