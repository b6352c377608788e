"""A small segmentation network: which class of a label map does each pixel of an image have?"""
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import chainer
import chainer.functions as F
import cv2
import numpy
from chainer.initializers import HeNormal

from spade_anime.evaluation.fitting import drawn_shift, fit, moved
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand

CHANNELS, DILATIONS = 24, (1, 1, 2, 4, 8, 16, 1)
MOST_IMAGES, MOST_SIZE = 1024, 128
BATCH, RATE, ITERATIONS = 8, 1e-2, 400


class Pairs(NamedTuple):
    """Images (N, 3, S, S) float32 in [-1, 1] and the class of each of their pixels, (N, S, S) uint8."""

    images: numpy.ndarray
    classes: numpy.ndarray


class SegmentationNetwork(chainer.Chain):
    """Logits (B, classes, S, S) of images (B, 3, S, S) in [-1, 1], at full resolution throughout.

    3x3 convolutions dilated 1, 1, 2, 4, 8, 16, 1, which see 67 x 67 pixels (the context module of Yu & Koltun 2016,
    arXiv:1511.07122, table 1), batch normalisation and leaky ReLU after each; a 1x1 convolution.
    """

    def __init__(self, classes: int, seed: int = 0):
        super().__init__()
        # A separate generator of random numbers: Chainer's default is the one that training draws noise from.
        initial = HeNormal(rng=numpy.random.RandomState(seed))
        inputs = [3] + [CHANNELS] * (len(DILATIONS) - 1)
        with self.init_scope():
            self.convs, self.norms = chainer.ChainList(), chainer.ChainList()
            for channels, dilation in zip(inputs, DILATIONS):
                self.convs.append(Convolution2D(channels, CHANNELS, 3, pad=dilation, dilate=dilation, nobias=True,
                                                initial_weight=initial))
                self.norms.append(BatchNormalization(CHANNELS))
            self.to_logits = Convolution2D(CHANNELS, classes, 1, initial_weight=initial)

    def forward(self, images: Operand) -> chainer.Variable:
        h = images
        for conv, norm in zip(self.convs, self.norms):
            h = norm(conv(h))
        return self.to_logits(h)


def pairs_of(images: numpy.ndarray, labels: numpy.ndarray) -> Pairs:
    """Pairs of images (N, 3, S, S) and label maps (N, C, S, S) in {0, 1}: C + 1 classes, the last where none is on.

    Larger images than ``MOST_SIZE`` are averaged down to it; a pixel then has the class of most of its area.
    """
    background = 1 - labels.max(axis=1, keepdims=True)
    shares = numpy.stack([_shrunk(label) for label in numpy.concatenate((labels, background), axis=1)])
    return Pairs(shrunk(images), shares.argmax(axis=1).astype(numpy.uint8))


def shrunk(images: numpy.ndarray) -> numpy.ndarray:
    """Images (N, 3, S, S) at the size at which they are judged: S, or ``MOST_SIZE`` if they are larger."""
    return numpy.stack([_shrunk(image) for image in images])


def train_segmentation(network: SegmentationNetwork, pairs: Pairs, seed: int = 0, iterations: int = ITERATIONS,
                       progress: Callable[[Iterable[int]], Iterable[int]] = iter) -> None:
    """Train on real pairs, moved by a few pixels, on the CPU; the same pairs and seeds give the same network.

    Cross entropy of each pixel, weighted by the inverse square root of how frequent its class is: an eye is small.
    """
    random = numpy.random.default_rng(seed)
    weights = class_weights(pairs.classes, len(network.to_logits.W))
    size = pairs.images.shape[3]

    def loss(batch: numpy.ndarray) -> chainer.Variable:
        by = drawn_shift(random, size)
        asked = moved(pairs.classes[batch][:, None], by)[:, 0].astype(numpy.int32)
        return F.softmax_cross_entropy(network(moved(pairs.images[batch], by)), asked, class_weight=weights)

    fit(network, loss, len(pairs.images), iterations, BATCH, RATE, random, progress)


def class_weights(classes: numpy.ndarray, count: int) -> numpy.ndarray:
    """Weights (count,) float32 of the pixels of each class: inverse square roots of its frequency in ``classes``, any
    shape, of mean 1 over these pixels."""
    counts = numpy.bincount(classes.ravel(), minlength=count)
    weights = (1 / numpy.sqrt(numpy.maximum(counts, 1))).astype(numpy.float32)
    return weights / ((weights * counts).sum() / counts.sum())


def segmented(network: SegmentationNetwork, images: numpy.ndarray) -> numpy.ndarray:
    """The class that the network sees in each pixel of images (N, 3, S, S): (N, S, S) uint8."""
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        seen = [network(images[start:start + BATCH]).array.argmax(axis=1) for start in range(0, len(images), BATCH)]
    return numpy.concatenate(seen).astype(numpy.uint8)


def confusion(asked: numpy.ndarray, seen: numpy.ndarray, classes: int) -> numpy.ndarray:
    """Number of pixels of each requested class (rows) that were seen as which (columns): (classes, classes) int."""
    index = asked.ravel().astype(numpy.int64) * classes + seen.ravel()
    return numpy.bincount(index, minlength=classes ** 2).reshape(classes, classes)


def agreement(matrix: numpy.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Scores of a confusion matrix, all from 0 to 1, by name.

    ``label_miou``: mean over the classes of intersection over union; ``label_accuracy``: share of the pixels that have
    the requested class; ``label_iou/<class>`` and ``label_accuracy/<class>``, the latter of the pixels of that class. A
    class that is neither requested nor seen has no scores and does not count in the mean; one that is seen but not
    requested has no accuracy.
    """
    right, asked, seen = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    union = asked + seen - right
    ious, accuracies = {}, {}
    for i, name in enumerate(names):
        if union[i]:
            ious[f'label_iou/{name}'] = float(right[i] / union[i])
        if asked[i]:
            accuracies[f'label_accuracy/{name}'] = float(right[i] / asked[i])
    means = {'label_miou': sum(ious.values()) / len(ious), 'label_accuracy': float(right.sum() / matrix.sum())}
    return means | ious | accuracies


def _shrunk(image: numpy.ndarray) -> numpy.ndarray:
    if image.shape[2] <= MOST_SIZE:
        return image
    resized = cv2.resize(image.transpose(1, 2, 0), (MOST_SIZE, MOST_SIZE), interpolation=cv2.INTER_AREA)
    return numpy.ascontiguousarray(resized.transpose(2, 0, 1))
