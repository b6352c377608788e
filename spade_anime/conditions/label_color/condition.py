"""Label map and hair colour, and the label map alone."""
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy

from spade_anime.conditions.condition import Asked, Condition, Score
from spade_anime.conditions.label_color.dataset import LabelledDataset, PairedDataset, open_dataset
from spade_anime.conditions.label_color.inputs import read_inputs
from spade_anime.conditions.label_color.options import LabelColorInputs, LabelInputs
from spade_anime.data.palette import CHANNELS, COLORS, HAIR, NAMES, label_to_rgb
from spade_anime.data.pictures import to_pixels
from spade_anime.evaluation.color import hair_color_error, image_error
from spade_anime.evaluation.segmentation_judge import LabelJudge


@dataclasses.dataclass(frozen=True)
class LabelColor(Condition[LabelColorInputs]):
    """Label map (4, S, S) in {0, 1} and colour map (3, S, S) in [0, 1], zero outside the hair.

    ``image_size``: S in pixels.
    """

    KIND: ClassVar[str] = 'label_color'
    TEXT: ClassVar[str] = 'a label map and a hair-colour map'
    Inputs: ClassVar[type] = LabelColorInputs
    VALUES: ClassVar[tuple[str, ...]] = (
        '1 where the class of the channel is, else 0; the background has no channel',
        'colour from 0 to 1 where the hair is, else 0')

    image_size: int

    @staticmethod
    def open(directory: str, image_size: int) -> PairedDataset:
        """A whole data set, samples ``(image, *condition)``. Raises DataError."""
        return open_dataset(directory, image_size)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(channels, self.image_size, self.image_size) for channels in (CHANNELS, 3)]

    @property
    def suggestion(self) -> str:
        return '--label examples/seg.png --color examples/color.png'

    def read(self, inputs: LabelColorInputs, seed: int = 0) -> Asked:
        found, faults = read_inputs(inputs.label, inputs.color, self.image_size, seed)
        return Asked([(name, (label, color)) for name, label, color in found], faults=tuple(faults))

    def described(self) -> dict[str, Any]:
        return super().described() | {'channels': NAMES[:CHANNELS], 'palette': COLORS}

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        label, color = arrays
        return {'label': label_to_rgb(label), 'colour': to_pixels(color * 2 - 1)}

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Errors of the hair's colour and of the image."""
        return _color_errors

    def judges(self, training: Any, directory: Path | None = None) -> list[Score]:
        """Label agreement."""
        return [LabelJudge(training, NAMES, directory)]

    def moved(self, arrays: tuple, draw: Any) -> tuple:
        label, color = arrays
        return draw.maps(label), draw.color_maps(color, label[:, HAIR:HAIR + 1])


@dataclasses.dataclass(frozen=True)
class Label(LabelColor):
    """Label map (4, S, S) in {0, 1} alone."""

    KIND: ClassVar[str] = 'label'
    TEXT: ClassVar[str] = 'a label map'
    Inputs: ClassVar[type] = LabelInputs

    @staticmethod
    def open(directory: str, image_size: int) -> LabelledDataset:
        """A whole data set, samples ``(image, label)``. Raises DataError."""
        paired = open_dataset(directory, image_size)
        return LabelledDataset(paired.samples, paired.image_size, paired.problems)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return super().shapes[:1]

    @property
    def suggestion(self) -> str:
        return '--label examples/seg.png'

    def read(self, inputs: LabelInputs, seed: int = 0) -> Asked:
        found, faults = read_inputs(inputs.label, '', self.image_size, seed)
        return Asked([(name, (label,)) for name, label, _ in found], faults=tuple(faults))

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        label, = arrays
        return {'label': label_to_rgb(label)}

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Error of the image."""
        return image_error

    def moved(self, arrays: tuple, draw: Any) -> tuple:
        return draw.maps(arrays[0]),


def _color_errors(samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
    _, labels, colors = (numpy.stack(arrays) for arrays in zip(*samples))
    return {'hair_color_error': hair_color_error(painted, labels, colors)} | image_error(samples, painted)
