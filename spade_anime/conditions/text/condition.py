"""A sentence."""
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy

from spade_anime.conditions.condition import Asked, Condition, Score
from spade_anime.conditions.controls import NUMBER, WORDS, Control
from spade_anime.conditions.text.captions import named_color
from spade_anime.conditions.text.embedding import TextVectors
from spade_anime.conditions.text.options import TextInputs
from spade_anime.data.errors import DataError
from spade_anime.data.pictures import text_tile
from spade_anime.evaluation.color import mean_color_error
from spade_anime.evaluation.hair import hair_obeyed
from spade_anime.fields import OptionError

MOST_IN_SNAPSHOT, MOST_GIVEN_AWAY = 1000, 500
"""Known texts that a snapshot stores, 2 MB, and a copy to give away. An encoder embeds others."""

MOST_SUGGESTED = 50
"""Known texts that a page suggests."""

MOST_STEPS = 16
"""Pictures from one text to another that a page offers."""


@dataclasses.dataclass(frozen=True)
class Text(Condition[TextInputs]):
    """Vector (n,) of a text, as ``texts`` gives it."""

    KIND: ClassVar[str] = 'text'
    TEXT: ClassVar[str] = 'a text'
    Inputs: ClassVar[type] = TextInputs
    VALUES: ClassVar[Mapping[str, str]] = {
        'text': 'embedding of a text, standardised by mean and deviation of text.npz'}
    in_words: ClassVar[bool] = True

    texts: TextVectors

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(self.texts.dimension,)]

    @property
    def suggestion(self) -> str:
        return '--text "a person with long pink hair and bangs, smiling" --samples 4'

    @property
    def controls(self) -> list[Control]:
        """A sentence, a second one to go to, and in how many pictures; the first known ones are suggested."""
        known = tuple(itertools.islice(self.texts.known, MOST_SUGGESTED))
        return [Control('text', WORDS, 'sentence', known),
                Control('to', WORDS, 'on the way to another sentence', known, optional=True),
                Control('steps', NUMBER, 'pictures on the way', low=2, high=MOST_STEPS, value=TextInputs().steps)]

    def read(self, inputs: TextInputs, seed: int = 0) -> Asked:
        """Vector of the text; with a second text those between the two, side by side."""
        if not inputs.text:
            raise OptionError(f'--text is missing: tell what to paint, such as {self.suggestion}')
        first = self._vector('--text', inputs.text)
        if not inputs.to:
            return Asked([(inputs.text, (first,))])
        last = self._vector('--to', inputs.to)
        shares = numpy.linspace(0, 1, inputs.steps, dtype=numpy.float32)
        return Asked([(f'{share:.0%}', (first + share * (last - first),)) for share in shares], 'columns')

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        vector, = arrays
        return {'text': text_tile(self.texts.text_of(vector))}

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Error of the mean colour, and, where every text names a hair colour, whether the hair has it."""
        return self._score

    def values(self) -> dict[str, Any]:
        """None: the texts are arrays, in a file of their own."""
        return {}

    @classmethod
    def of_values(cls, values: dict[str, Any], directory: Path) -> Self:
        """The texts stored in ``directory``. Raises DataError."""
        return cls(TextVectors.load(directory))

    def arrays(self) -> dict[str, numpy.ndarray]:
        """The texts, but no more of them than every snapshot can store."""
        return self.texts.first(MOST_IN_SNAPSHOT).arrays()

    @classmethod
    def of_arrays(cls, values: dict[str, Any], arrays: Mapping[str, numpy.ndarray]) -> Self:
        """The texts in a snapshot. Raises DataError."""
        return cls(TextVectors.of_arrays(arrays, 'the texts in the snapshot'))

    def abridged(self) -> Self:
        """With fewer known texts."""
        return dataclasses.replace(self, texts=self.texts.first(MOST_GIVEN_AWAY))

    def save(self, directory: Path) -> None:
        """Store the texts and their embeddings."""
        self.texts.save(directory)
        super().save(directory)

    def _score(self, samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
        images, vectors = (numpy.stack(arrays) for arrays in zip(*samples))
        found = [named_color(self.texts.text_of(vector)) for vector in vectors]
        asked = [color for color in found if color]
        return ({'hair_obeyed': hair_obeyed(painted, asked)} if len(asked) == len(found) else {}) | {
            'mean_color_error': mean_color_error(painted, images)}

    def _vector(self, flag: str, text: str) -> numpy.ndarray:
        try:
            return self.texts.vector_of(text)
        except DataError as error:
            raise OptionError(f'{flag} {error}') from None
