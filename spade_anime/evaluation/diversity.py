"""How much the paintings of one condition differ from each other when the noise is drawn anew."""
from collections.abc import Callable

import numpy

from spade_anime.painting import paint

CONDITIONS = 8
"""At most so many different conditions are painted again and again."""


def diversity(gen, conditions: list, draws: int, measures: dict[str, Callable], seed: int) -> dict:
    """Mean distance between two paintings of the same condition, over all pairs and over conditions, by measure.

    0: the noise changes nothing, as in a generator that has learned to ignore it.

    Args:
        gen: generator.
        conditions: tuples of arrays without a batch axis; equal ones count once, and of the different ones the first
            ``CONDITIONS``.
        draws: paintings of each, at least 2.
        measures: by name, functions of images (N, 3, S, S) in [-1, 1] that give their distances (N, N).
        seed: of the noise.
    """
    if draws < 2:
        raise ValueError(f'{draws} paintings of a condition have no distance: at least 2 are needed')
    random = numpy.random.default_rng(seed)
    pairs = numpy.triu_indices(draws, 1)
    found = {name: [] for name in measures}
    for condition in different(conditions)[:CONDITIONS]:
        batch = tuple(numpy.repeat(array[None], draws, axis=0) for array in condition)
        images = paint(gen, batch, gen.draw_noise(draws, random))
        for name, measure in measures.items():
            found[name].append(measure(images)[pairs].mean())
    return {name: float(numpy.mean(values)) for name, values in found.items()}


def different(conditions: list) -> list:
    """The conditions without those that equal an earlier one."""
    return list({tuple(array.tobytes() for array in condition): condition for condition in conditions}.values())


def pixel_distance(images: numpy.ndarray) -> numpy.ndarray:
    """Mean absolute difference of images (N, 3, S, S) in [-1, 1], each with each: (N, N) from 0 to 2."""
    return numpy.stack([numpy.abs(images - image).mean(axis=(1, 2, 3), dtype=numpy.float64) for image in images])
