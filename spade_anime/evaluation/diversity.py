"""How much paintings of one condition differ from each other when only the noise, and what is left open, changes."""
from collections.abc import Callable, Sequence
from typing import TypeAlias

import chainer
import numpy

from spade_anime.painting import paint
from spade_anime.types import Arrays

Measure: TypeAlias = Callable[[numpy.ndarray], numpy.ndarray]
"""Of images (N, 3, S, S) in [-1, 1], their distances (N, N)."""

CONDITIONS = 8
"""At most this many different conditions are painted repeatedly."""


def diversity(gen: chainer.Link, conditions: Sequence[Arrays], draws: int, measures: dict[str, Measure],
              seed: int, again: Callable[[tuple, numpy.random.Generator], tuple] | None = None) -> dict[str, float]:
    """Mean distance between two paintings of the same condition, over all pairs and over conditions, by measure.

    0 means that the noise changes nothing: the generator has learned to ignore it.

    Args:
        gen: generator.
        conditions: tuples of arrays without a batch axis; equal ones count once, and of the different ones the first
            ``CONDITIONS``.
        draws: paintings of each, at least 2.
        measures: of distance, by name.
        seed: of the noise.
        again: function of a condition and random numbers that draws anew what a user may leave open; None: nothing is.
    """
    if draws < 2:
        raise ValueError(f'{draws} paintings of a condition have no distance: at least 2 are needed')
    random = numpy.random.default_rng(seed)
    pairs = numpy.triu_indices(draws, 1)
    found: dict[str, list[float]] = {name: [] for name in measures}
    for condition in different(conditions)[:CONDITIONS]:
        drawn = [again(condition, random) if again else condition for _ in range(draws)]
        batch = tuple(numpy.stack(arrays) for arrays in zip(*drawn))
        images = paint(gen, batch, gen.draw_noise(draws, random))
        for name, measure in measures.items():
            found[name].append(measure(images)[pairs].mean())
    return {name: float(numpy.mean(values)) for name, values in found.items()}


def different(conditions: Sequence[Arrays]) -> list[Arrays]:
    """The conditions without those that equal an earlier one."""
    found: dict[tuple[bytes, ...], Arrays] = {}
    for condition in conditions:
        found.setdefault(tuple(array.tobytes() for array in condition), condition)
    return list(found.values())


def pixel_distance(images: numpy.ndarray) -> numpy.ndarray:
    """Mean absolute difference of images (N, 3, S, S) in [-1, 1], each with each: (N, N) from 0 to 2."""
    return numpy.stack([numpy.abs(images - image).mean(axis=(1, 2, 3), dtype=numpy.float64) for image in images])
