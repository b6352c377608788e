"""Scores of a generator: the metrics of its system, and those that apply to every system."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import chainer
import numpy

from spade_anime.errors import InputError
from spade_anime.evaluation.distances import LEAST_IMAGES, TRAINING, VALIDATION
from spade_anime.evaluation.diversity import Measure, diversity, pixel_distance
from spade_anime.evaluation.features import Features, Images
from spade_anime.evaluation.fid_kid import Distances, Originals
from spade_anime.painting import paint
from spade_anime.types import Arrays

Judge: TypeAlias = Callable[[Sequence[Arrays], numpy.ndarray], dict[str, float]]
"""Scores by name, of samples and the images (N, 3, S, S) painted from their conditions."""

BATCH = 4


@dataclass(frozen=True)
class Wanted:
    """What is scored, and against what; evaluate.py has a flag for each."""

    draws: int = 0
    """Paintings, of the held-out samples in turn; 0: the system's default."""
    diversity_draws: int = 4
    """Paintings per condition whose distances are the diversity; fewer than 2: no diversity."""
    features: str = ''
    """ONNX file of a network whose features FID and KID compare; '' computes neither."""
    features_range: str = 'auto'
    """Range of the pixels that the network takes, as in ``Features``."""
    features_size: int = 0
    """Size of the images that it takes, as in ``Features``."""
    fid: bool = False
    """Compute FID even with few images."""
    reference: str = TRAINING
    """Part of the data set whose images are the real distribution: 'training' or 'validation'."""
    reference_images: int = 10_000
    """At most this many of its images, the first ones."""
    judge: bool = True
    """Whether the system's judges score as well: networks that are first trained on its real images."""


class Scores:
    """Scores of generators by what they paint from the same held-out samples with the same noise.

    Made by ``scores_for``. Training is not disturbed: noise comes from a separate generator of random numbers, and
    NumPy's global one, from which judges draw their first weights, is restored.

    Attributes:
        samples: ``(image, *condition)`` of each painting.
        distances: distances to real images, None without a network that gives features.
        held_out: real images whose distances are the best to expect; None if there are none.
        again: draws anew what a condition may leave open, as ``diversity`` takes it.
    """

    def __init__(self, samples: list[Arrays], judges: Sequence[Judge], distances: Distances | None = None,
                 held_out: Images | None = None, diversity_draws: int = 0, seed: int = 0,
                 again: Callable[[tuple, numpy.random.Generator], tuple] | None = None):
        self.samples, self.judges, self.distances, self.held_out = samples, judges, distances, held_out
        self.diversity_draws, self.seed, self.again = diversity_draws, seed, again

    def of(self, gen: chainer.Link) -> dict[str, float]:
        """Paint and score: numbers by name; those of ``of_images`` and the diversity."""
        return self.of_images(self.paint(gen)) | self.diversity(gen)

    def paint(self, gen: chainer.Link) -> numpy.ndarray:
        """Paint the condition of every sample once: images (N, 3, S, S) in [-1, 1]."""
        random, painted = numpy.random.default_rng(self.seed), []
        for start in range(0, len(self.samples), BATCH):
            batch = self.samples[start:start + BATCH]
            condition = tuple(numpy.stack([sample[i] for sample in batch]) for i in range(1, len(batch[0])))
            painted.append(paint(gen, condition, gen.draw_noise(len(batch), random)))
        return numpy.concatenate(painted)

    def of_images(self, images: numpy.ndarray) -> dict[str, float]:
        """Scores of images (N, 3, S, S), one painted from each sample: what the judges say, and the distances."""
        return self._judged(images) | (self.distances.of(images) if self.distances else {})

    def diversity(self, gen: chainer.Link) -> dict[str, float]:
        """Mean distance between paintings of the same condition, in pixels and, if a network gives them, in features.

        ``diversity_pixels`` from 0 to 2; ``diversity_features`` in the unit of the features.
        """
        if self.diversity_draws < 2:
            return {}
        conditions = [sample[1:] for sample in self.samples]
        measures: dict[str, Measure] = {'diversity_pixels': pixel_distance}
        if self.distances:
            measures['diversity_features'] = self.distances.features.distance
        return diversity(gen, conditions, self.diversity_draws, measures, self.seed, self.again)

    def real(self) -> dict[str, float]:
        """The same scores of the samples' real images: the best to expect.

        No diversity, and no distances if these images are the real distribution themselves.
        """
        scores = self._judged(numpy.stack([sample[0] for sample in self.samples]))
        if self.distances and self.held_out is not None and len(self.held_out) >= LEAST_IMAGES:
            scores |= self.distances.of(self.held_out)
        return scores

    def remarks(self) -> list[str]:
        """What the user should know before the numbers, one remark per line."""
        return self.distances.remarks(len(self.samples)) if self.distances else []

    def facts(self) -> dict[str, str | int]:
        """What the numbers depend on besides the generator and the samples, by name."""
        facts: dict[str, str | int] = {'seed': self.seed}
        if self.distances:
            facts |= self.distances.facts()
        return facts

    def _judged(self, images: numpy.ndarray) -> dict[str, float]:
        state = numpy.random.get_state()
        try:
            scores: dict[str, float] = {}
            for judge in self.judges:
                scores |= judge(self.samples, images)
            return scores
        finally:
            numpy.random.set_state(state)


def scores_for(system: Any, data: Any, wanted: Wanted = Wanted(), seed: int = 0,
               directory: Path | None = None) -> Scores:
    """``Scores`` of a system by its data.

    Args:
        system: gives ``evaluation_draws`` and its options, see ``systems/system.py``.
        data: what ``system.open_data()`` returned; its condition gives ``score`` and ``judges``.
        wanted: what is scored.
        seed: of the noise.
        directory: where trained judges are stored and found again; None: nowhere.

    Raises InputError if no sample is held out, the feature network cannot be used, or there are too few images for
    distances.
    """
    validation = data.validation
    if not len(validation):
        raise InputError(f'--dataset_dir {system.options.dataset_dir}: one sample leaves none for validation; '
                         'at least 2 are needed')
    draws = wanted.draws or system.evaluation_draws or len(validation)
    samples = [validation[i % len(validation)] for i in range(draws)]
    training = data.sets[0].dataset
    distances: Distances | None = None
    held_out: Images | None = None
    if wanted.features:
        features = Features(wanted.features, wanted.features_range, wanted.features_size)
        real = validation if wanted.reference == VALIDATION else training
        distances = Distances(features, Originals(real, wanted.reference_images), wanted.fid, wanted.reference)
        distances.check(draws)
        if wanted.reference == TRAINING:
            held_out = Originals(validation, draws)
    judges = data.condition.judges(training, directory) if wanted.judge else []
    score = data.condition.score(training, system.options.seed)
    return Scores(samples, [score, *judges], distances, held_out, wanted.diversity_draws, seed,
                  data.condition.drawn_again)
