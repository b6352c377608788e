"""A list of attributes, and tags: attributes and words."""
import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy

from spade_anime.conditions.attributes.dataset import ALL, MirroredAttributes, chosen, switched_on
from spade_anime.conditions.attributes.options import AttributeInputs
from spade_anime.conditions.condition import Asked, Condition, Score
from spade_anime.conditions.controls import SOME, Control
from spade_anime.data.errors import DataError
from spade_anime.data.pictures import text_tile
from spade_anime.data.splitting import Mirrored
from spade_anime.evaluation.classifier import AttributeClassifier, balanced_accuracies, recognised, train_classifier
from spade_anime.evaluation.color import image_error
from spade_anime.fields import OptionError


@dataclasses.dataclass(frozen=True)
class Attributes(Condition[AttributeInputs]):
    """Vector (n,) in {0, 1} in the order of ``attribute_names``."""

    KIND: ClassVar[str] = 'attributes'
    TEXT: ClassVar[str] = 'attributes'
    Inputs: ClassVar[type] = AttributeInputs
    VALUES: ClassVar[Mapping[str, str]] = {
        'attributes': '1 for each attribute to have, else 0, in the order of attribute_names'}
    in_words: ClassVar[bool] = True

    attribute_names: tuple[str, ...]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(len(self.attribute_names),)]

    @property
    def suggestion(self) -> str:
        return f'--attributes {ALL} --samples 4'

    @property
    def controls(self) -> list[Control]:
        """Some of the attributes."""
        return [Control('attributes', SOME, self.TEXT, self.attribute_names)]

    def read(self, inputs: AttributeInputs, seed: int = 0) -> Asked:
        """The attributes chosen; for 'all' none of them, then each alone."""
        wanted, names = inputs.attributes, self.attribute_names
        if isinstance(wanted, str) and wanted.strip() == ALL:
            vectors = numpy.eye(len(names), dtype=numpy.float32)
            alone = [(name, (vector,)) for name, vector in zip(names, vectors)]
            return Asked([('none', (numpy.zeros_like(vectors[0]),)), *alone], 'rows')
        try:
            vector = self._vector(wanted)
        except DataError as error:
            raise OptionError(f'--attributes {error}') from None
        return Asked([(switched_on(vector, names) or 'none', (vector,))])

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        vector, = arrays
        return {self.KIND: text_tile(switched_on(vector, self.attribute_names))}

    def score(self, training: Any, seed: int = 0) -> Score:
        """How well a classifier of real images recognises the attributes in those painted."""
        return Recognition(training, self.attribute_names, seed)

    def mirrored(self, dataset: Any) -> Mirrored:
        """A data set and its mirror images, in which left and right attributes trade places."""
        return Mirrored(dataset, MirroredAttributes(self.attribute_names))

    def _vector(self, wanted: Any) -> numpy.ndarray:
        names = self.attribute_names
        if isinstance(wanted, numpy.ndarray):
            if wanted.shape != (len(names),):
                raise DataError(f'is an array of shape {wanted.shape}; allowed is {(len(names),)}, a number for '
                                f'each of {", ".join(names)}')
            return wanted.astype(numpy.float32)
        if isinstance(wanted, Mapping):
            wanted = [name for name, on in wanted.items() if on]
        return chosen(wanted if isinstance(wanted, str) else ','.join(wanted), names)


@dataclasses.dataclass(frozen=True)
class Tags(Attributes):
    """Attributes and words as one vector, measured by the image rather than by recognising them."""

    KIND: ClassVar[str] = 'tags'
    TEXT: ClassVar[str] = 'tags'

    @property
    def suggestion(self) -> str:
        return f'--attributes {shlex.quote(",".join(self.attribute_names[:2]))} --samples 4'

    def read(self, inputs: AttributeInputs, seed: int = 0) -> Asked:
        if isinstance(inputs.attributes, str) and not inputs.attributes:
            raise OptionError(f'--attributes is missing; allowed are all, or some of {", ".join(self.attribute_names)}')
        return super().read(inputs, seed)

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Error of the image."""
        return image_error


class Recognition:
    """Balanced accuracy of a classifier of real images on those painted, by attribute, and their mean.

    Attributes that all samples have, or none, cannot be measured and are left out.

    Args:
        training: samples ``(image, vector)`` that the classifier is trained on, with their mirror images, when it is
            first called.
        names: of the attributes.
        seed: of its weights.
    """

    def __init__(self, training: Any, names: Sequence[str], seed: int):
        self.training = training.dataset if isinstance(training, Mirrored) else training
        self.names, self.seed = tuple(names), seed
        self._classifier: AttributeClassifier | None = None

    def __call__(self, samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
        """Scores of images (N, 3, S, S) painted from the attributes of ``samples``. Raises DataError."""
        if self._classifier is None:
            print(f'Training a classifier on {len(self.training)} real images and their mirror images ...', flush=True)
            size = self.training[0][0].shape[-1]
            self._classifier = train_classifier(self.training, size, MirroredAttributes(self.names), self.seed)
        asked = numpy.stack([vector for _, vector in samples]) > 0.5
        scores = balanced_accuracies(recognised(self._classifier, painted), asked)
        found = {name: float(score) for name, score in zip(self.names, scores) if not numpy.isnan(score)}
        if not found:
            raise DataError(f'--dataset_dir: the {len(samples)} validation samples have the same attributes; with '
                            'samples that differ their recognition can be measured')
        return found | {'mean': sum(found.values()) / len(found)}
