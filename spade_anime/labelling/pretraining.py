"""Training a labeller on rendered portraits, from nothing."""
import functools
from collections.abc import Sequence

import numpy

from spade_anime.data.palette import FIVE
from spade_anime.data.workers import mapped
from spade_anime.evaluation.segmentation import class_weights
from spade_anime.labelling.augmentation import STRONG
from spade_anime.labelling.labeller import SIZE, Labeller, miou
from spade_anime.labelling.learning import Pair, counted, train
from spade_anime.labelling.network import LabellingNetwork
from spade_anime.labelling.progress import bar
from spade_anime.labelling.rendered import Order, Rendered, on_background, render


def portraits(styles: Sequence[str], seed: int, count: int, workers: int) -> list[Rendered]:
    """Render ``count`` portraits of each style, in so many processes."""
    return list(mapped(render, [Order(style, seed, i) for style in styles for i in range(count)], workers,
                       ', '.join(styles)))


def fresh(seed: int) -> Labeller:
    """A labeller of the classes ``FIVE`` that has learnt nothing."""
    return Labeller(LabellingNetwork(len(FIVE.names), seed))


def pretrain(labeller: Labeller, learnt: Sequence[Rendered], iterations: int, rate: float, seed: int) -> None:
    """Train a labeller of the classes ``FIVE`` in place on rendered portraits, on backgrounds drawn at random."""
    weights = class_weights(numpy.stack([portrait.classes for portrait in learnt]), len(FIVE.names))
    with bar('training', iterations, 'it') as advance:
        shares = counted(iterations, advance)
        train(labeller.network, functools.partial(_draw, learnt), weights, SIZE, STRONG, shares, rate, seed)


def measured(labeller: Labeller, tried: Sequence[Rendered], seed: int = 0) -> float:
    """The mIoU of a labeller on rendered portraits, on backgrounds drawn at random."""
    random = numpy.random.default_rng(seed)
    pairs = ((on_background(portrait.picture, random), portrait.classes) for portrait in tried)
    return miou(labeller, pairs)


def _draw(learnt: Sequence[Rendered], random: numpy.random.Generator) -> Pair:
    portrait = learnt[int(random.integers(len(learnt)))]
    return on_background(portrait.picture, random), portrait.classes
