"""One of some classes."""
import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy

from spade_anime.conditions.classes.options import ALL, ClassInputs
from spade_anime.conditions.condition import Asked, Condition, Score
from spade_anime.conditions.controls import ONE, Control
from spade_anime.data.classes import class_vector
from spade_anime.data.errors import DataError
from spade_anime.data.hair import HAIR_COLORS
from spade_anime.data.pictures import text_tile
from spade_anime.evaluation.classes import class_mean_distance, nearest_class_mean
from spade_anime.evaluation.hair import hair_obeyed
from spade_anime.fields import OptionError


@dataclasses.dataclass(frozen=True)
class Classes(Condition[ClassInputs]):
    """One-hot vector (n,) in the order of ``class_names``."""

    KIND: ClassVar[str] = 'classes'
    TEXT: ClassVar[str] = 'a class'
    Inputs: ClassVar[type] = ClassInputs
    VALUES: ClassVar[Mapping[str, str]] = {
        'class_name': '1 for the class, 0 for the others, in the order of class_names'}
    in_words: ClassVar[bool] = True

    class_names: tuple[str, ...]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(len(self.class_names),)]

    @property
    def suggestion(self) -> str:
        return f'--class {ALL} --samples 8'

    @property
    def controls(self) -> list[Control]:
        """One of the classes."""
        return [Control('class_name', ONE, 'class', self.class_names)]

    def read(self, inputs: ClassInputs, seed: int = 0) -> Asked:
        """The class that is named, or all of them, a row each. In Python a class may be its number as well."""
        names, wanted = self.class_names, inputs.class_name
        if wanted == ALL and ALL not in names:
            return Asked([(name, (class_vector(name, names),)) for name in names], 'rows')
        if wanted == '':
            raise OptionError(f'--class is missing: allowed are {ALL}, {", ".join(names)}')
        if isinstance(wanted, int) and 0 <= wanted < len(names):
            wanted = names[wanted]
        try:
            return Asked([(str(wanted), (class_vector(str(wanted), names),))])
        except DataError as error:
            raise OptionError(f'--class {error}') from None

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        vector, = arrays
        return {'class': text_tile(self.class_names[vector.argmax()])}

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Whether the hair has the colour asked for, where all classes are hair colours; else distances of means."""
        return self._hair if HAIR_COLORS.keys() >= set(self.class_names) else self._distances

    def _names(self, samples: Sequence[tuple]) -> numpy.ndarray:
        return numpy.array(self.class_names)[numpy.stack([vector for _, vector in samples]).argmax(axis=1)]

    def _hair(self, samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
        return {'hair_obeyed': hair_obeyed(painted, list(self._names(samples)))}

    def _distances(self, samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
        images, names = numpy.stack([image for image, _ in samples]), self._names(samples)
        return {'class_mean_distance': class_mean_distance(painted, images, names),
                'nearest_class_mean': nearest_class_mean(painted, images, names)}
