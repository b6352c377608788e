"""What a generator is scored by: the metrics of its system, and those that paintings of every system have."""
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from spade_anime.errors import InputError
from spade_anime.evaluation.distances import LEAST_IMAGES, TRAINING, VALIDATION
from spade_anime.evaluation.diversity import diversity, pixel_distance
from spade_anime.evaluation.features import Features
from spade_anime.evaluation.fid_kid import Distances, Originals
from spade_anime.painting import paint

BATCH = 4


@dataclass(frozen=True)
class Wanted:
    """What is scored, and against what; evaluate.py has a flag for each."""

    draws: int = 0
    """Paintings, the held-out samples taken again and again; 0: what suits the system."""
    diversity_draws: int = 4
    """Paintings of a condition whose distances are the diversity; fewer than 2: none."""
    features: str = ''
    """ONNX file of a network whose features FID and KID compare; '': neither is computed."""
    features_range: str = 'auto'
    """Range of the pixels that the network takes, as in ``Features``."""
    features_size: int = 0
    """Size of the images that it takes, as in ``Features``."""
    fid: bool = False
    """FID of few images as well."""
    reference: str = TRAINING
    """Part of the data set whose images are the real distribution: 'training' or 'validation'."""
    reference_images: int = 10_000
    """At most so many images of it, the first ones."""
    judge: bool = True
    """Whether the judges of a system score too, networks that are trained on its real images first."""


class Scores:
    """Scores of generators by what they paint from the same held-out samples with the same noise.

    Made by ``scores_for``. Nothing that a training draws from is touched: noise comes from an own generator, and
    NumPy's global one, from which judges that are trained draw their weights, is put back as it was.

    Attributes:
        samples: ``(image, *condition)`` of each painting.
        distances: distances to real images, None without a network that gives features.
    """

    def __init__(self, samples: list, judges: Sequence[Callable], distances: Distances | None = None,
                 held_out: Sequence = (), diversity_draws: int = 0, seed: int = 0):
        self.samples, self.judges, self.distances, self.held_out = samples, judges, distances, held_out
        self.diversity_draws, self.seed = diversity_draws, seed

    def of(self, gen) -> dict:
        """Paint and score: numbers by name; those of ``of_images`` and the diversity."""
        return self.of_images(self.paint(gen)) | self.diversity(gen)

    def paint(self, gen) -> numpy.ndarray:
        """Paint the condition of every sample once: images (N, 3, S, S) in [-1, 1]."""
        random, painted = numpy.random.default_rng(self.seed), []
        for start in range(0, len(self.samples), BATCH):
            batch = self.samples[start:start + BATCH]
            condition = tuple(numpy.stack(arrays) for arrays in list(zip(*batch))[1:])
            painted.append(paint(gen, condition, gen.draw_noise(len(batch), random)))
        return numpy.concatenate(painted)

    def of_images(self, images: numpy.ndarray) -> dict:
        """Scores of images (N, 3, S, S), one painted from each sample: what the judges say, and the distances."""
        return self._judged(images) | (self.distances.of(images) if self.distances else {})

    def diversity(self, gen) -> dict:
        """Mean distance between paintings of the same condition, in pixels and, where a network gives them, features.

        ``diversity_pixels`` from 0 to 2; ``diversity_features`` in the unit of the features.
        """
        if self.diversity_draws < 2:
            return {}
        conditions = [sample[1:] for sample in self.samples]
        measures = {'diversity_pixels': pixel_distance}
        if self.distances:
            measures['diversity_features'] = self.distances.features.distance
        return diversity(gen, conditions, self.diversity_draws, measures, self.seed)

    def real(self) -> dict:
        """The same scores of the samples' real images: what can be reached.

        No diversity, and no distances where the real distribution is these images themselves.
        """
        scores = self._judged(numpy.stack([sample[0] for sample in self.samples]))
        if self.distances and len(self.held_out) >= LEAST_IMAGES:
            scores |= self.distances.of(numpy.stack(self.held_out))
        return scores

    def remarks(self) -> list:
        """What the user should know before the numbers, a line each."""
        return self.distances.remarks(len(self.samples)) if self.distances else []

    def facts(self) -> dict:
        """What the numbers depend on beside the generator and the samples, by name."""
        facts = {'seed': self.seed}
        if self.distances:
            facts |= self.distances.facts()
        return facts

    def _judged(self, images):
        state = numpy.random.get_state()
        try:
            return {name: value for judge in self.judges for name, value in judge(self.samples, images).items()}
        finally:
            numpy.random.set_state(state)


def scores_for(system, data, wanted: Wanted = Wanted(), seed: int = 0, directory: Path | None = None) -> Scores:
    """``Scores`` of a system by its data.

    Args:
        system: gives ``evaluation_draws`` and its options, see ``systems/system.py``.
        data: what ``system.open_data()`` returned; its condition gives ``score`` and ``judges``.
        wanted: what is scored.
        seed: of the noise.
        directory: where judges that are trained are kept, and found again; None: nowhere.

    Raises InputError where no sample is held out, the network of the features cannot be used, or there are too few
    images for distances.
    """
    validation = data.validation
    if not len(validation):
        raise InputError(f'--dataset_dir {system.options.dataset_dir}: one sample leaves nothing for validation')
    draws = wanted.draws or system.evaluation_draws or len(validation)
    samples = [validation[i % len(validation)] for i in range(draws)]
    training = data.sets[0].dataset
    distances, held_out = None, ()
    if wanted.features:
        features = Features(wanted.features, wanted.features_range, wanted.features_size)
        real = validation if wanted.reference == VALIDATION else training
        distances = Distances(features, Originals(real, wanted.reference_images), wanted.fid, wanted.reference)
        distances.check(draws)
        if wanted.reference == TRAINING:
            held_out = Originals(validation, draws)
    judges = data.condition.judges(training, directory) if wanted.judge else []
    score = data.condition.score(training, system.options.seed)
    return Scores(samples, [score, *judges], distances, held_out, wanted.diversity_draws, seed)
