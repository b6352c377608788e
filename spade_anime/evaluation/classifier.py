"""Does a picture have the requested attributes? A small classifier, trained on real images, decides."""
from collections.abc import Callable, Sequence

import chainer
import chainer.functions as F
import numpy

from spade_anime.data.splitting import Mirrored
from spade_anime.evaluation.fitting import drawn_shift, fit, moved
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand

CHANNELS, LAST_SIZE = 24, 4
BATCH, RATE = 32, 1e-3
EPOCHS, MOST_ITERATIONS, MOST_IMAGES = 35, 1000, 4096


class AttributeClassifier(chainer.Chain):
    """Logit of each attribute, (B, n), of images (B, 3, S, S) in [-1, 1].

    3x3 convolutions of stride 2 down to 4x4, batch normalisation and leaky ReLU after each; dropout, a linear layer.
    """

    def __init__(self, attributes: int, image_size: int):
        super().__init__()
        levels = max(1, (image_size // LAST_SIZE).bit_length() - 1)
        channels = [CHANNELS * min(2 ** i, 4) for i in range(levels)]
        with self.init_scope():
            self.convs, self.norms = chainer.ChainList(), chainer.ChainList()
            for before, after in zip([3, *channels], channels):
                self.convs.append(Convolution2D(before, after, 3, 2, 1, nobias=True))
                self.norms.append(BatchNormalization(after))
            self.to_logits = chainer.links.Linear(None, attributes)

    def forward(self, images: Operand) -> chainer.Variable:
        h = images
        for conv, norm in zip(self.convs, self.norms):
            h = norm(conv(h))
        return self.to_logits(F.dropout(h, 0.5))


def train_classifier(dataset: Sequence[tuple[numpy.ndarray, numpy.ndarray]], image_size: int,
                     mirror_vector: Callable[[numpy.ndarray], numpy.ndarray] | None = None, seed: int = 0,
                     iterations: int | None = None) -> AttributeClassifier:
    """Train on samples ``(image, vector)`` and their mirrored copies, on the CPU.

    Binary cross entropy, weighted so that having an attribute and not having it count the same; Adam, its rate falling
    to 0. ``MOST_IMAGES`` and ``MOST_ITERATIONS`` limit what is used of a large data set.

    Args:
        mirror_vector: as in ``Mirrored``.
        iterations: None for ``EPOCHS`` epochs, but at most ``MOST_ITERATIONS``.
    """
    random = numpy.random.default_rng(seed)
    order = random.permutation(len(dataset))[:MOST_IMAGES]
    mirrored = Mirrored([dataset[i] for i in order], mirror_vector)
    samples = [mirrored[i] for i in range(len(mirrored))]
    images = numpy.stack([image for image, _ in samples])
    vectors = numpy.stack([vector for _, vector in samples])
    iterations = iterations or min(MOST_ITERATIONS, -(-EPOCHS * len(images) // BATCH))
    share = vectors.mean(0).clip(0.5 / len(vectors), 1 - 0.5 / len(vectors))
    numpy.random.seed(seed)
    classifier = AttributeClassifier(vectors.shape[1], image_size)

    def loss(batch: numpy.ndarray) -> chainer.Variable:
        weights = numpy.where(vectors[batch] > 0.5, 0.5 / share, 0.5 / (1 - share)).astype(numpy.float32)
        logits = classifier(moved(images[batch], drawn_shift(random, image_size)))
        # -log sigmoid(x) = softplus(-x)
        return F.mean(weights * F.softplus((1 - 2 * vectors[batch]) * logits))

    fit(classifier, loss, len(images), iterations, BATCH, RATE, random)
    return classifier


def recognised(classifier: AttributeClassifier, images: numpy.ndarray) -> numpy.ndarray:
    """Which attributes the classifier sees in images (N, 3, S, S): (N, n) bool."""
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        return numpy.concatenate([classifier(images[start:start + BATCH]).array > 0
                                  for start in range(0, len(images), BATCH)])


def balanced_accuracies(seen: numpy.ndarray, asked: numpy.ndarray) -> numpy.ndarray:
    """Mean of the share of ones and the share of zeros that were recognised, for each attribute (n,).

    seen, asked: (N, n) bool. Chance gives 0.5; NaN if an attribute was always requested, or never.
    """
    with numpy.errstate(invalid='ignore'):
        ones = (seen & asked).sum(0) / asked.sum(0)
        zeros = (~seen & ~asked).sum(0) / (~asked).sum(0)
    return (ones + zeros) / 2
