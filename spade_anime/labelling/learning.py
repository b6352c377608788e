"""Training a labelling network, on the CPU."""
import time
from collections.abc import Callable, Iterator, Sequence

import chainer
import chainer.functions as F
import numpy

from spade_anime.evaluation.fitting import descend
from spade_anime.labelling.augmentation import Strength, augmented
from spade_anime.labelling.network import LabellingNetwork

BATCH = 8
LEARNT_SIZE = 160
"""Pixels at which drawings are kept to be learnt from: enough to be enlarged somewhat to the size of the network."""

Pair = tuple[numpy.ndarray, numpy.ndarray]
"""A square drawing (S, S, 3) uint8, and the class of each of its pixels, (S, S) uint8."""

Progress = Callable[[float], None]
"""Called with the share of a training that is over, from 0 to 1."""


def within(seconds: float, progress: Progress) -> Iterator[float]:
    """The share of so many seconds that has passed, until they have."""
    start = time.perf_counter()
    while (share := (time.perf_counter() - start) / seconds) < 1:
        progress(share)
        yield share
    progress(1.0)


def counted(iterations: int, progress: Progress) -> Iterator[float]:
    """The share of so many iterations that is over, before each."""
    for iteration in range(iterations):
        progress(iteration / iterations)
        yield iteration / iterations
    progress(1.0)


def train(network: LabellingNetwork, draw: Callable[[numpy.random.Generator], Pair], weights: numpy.ndarray, size: int,
          strength: Strength, shares: Iterator[float], rate: float, seed: int = 0) -> None:
    """Train a network in place on drawings whose looks are changed at random.

    Args:
        draw: a pair, square and of any size, each time it is called.
        weights: of the classes in the cross entropy, (classes,) float32.
        size: in pixels at which it learns.
        strength: how far the looks are changed.
        shares: how much of the training is over, before each update.
        rate: learning rate at the beginning; it falls to 0.
    """
    random = numpy.random.default_rng(seed)

    def loss() -> chainer.Variable:
        drawn = [augmented(*draw(random), size, strength, random) for _ in range(BATCH)]
        images, classes = (numpy.stack(part) for part in zip(*drawn))
        return F.softmax_cross_entropy(network(images), classes.astype(numpy.int32), class_weight=weights)

    with chainer.using_config('train', True), chainer.using_config('enable_backprop', True):
        descend(network, loss, shares, rate)


def one_of(pairs: Sequence[Pair]) -> Callable[[numpy.random.Generator], Pair]:
    """Draws from pairs."""
    return lambda random: pairs[int(random.integers(len(pairs)))]
