"""Label map and hair colour, and the label map alone."""
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy

from spade_anime.conditions.condition import Asked, Condition, Score
from spade_anime.conditions.label_color.dataset import LabelledDataset, PairedDataset, open_dataset
from spade_anime.conditions.label_color.inputs import Painted, read_inputs
from spade_anime.conditions.label_color.layout import list_samples
from spade_anime.conditions.label_color.options import LabelColorInputs, LabelInputs
from spade_anime.data.palette import CHANNELS, HAIR, NAMES, label_to_rgb
from spade_anime.data.pictures import to_pixels
from spade_anime.evaluation.color import hair_color_error, image_error
from spade_anime.evaluation.segmentation_judge import LabelJudge
from spade_anime.files import following_links


@dataclasses.dataclass(frozen=True)
class LabelColor(Condition[LabelColorInputs]):
    """Label map (4, S, S) in {0, 1} and colour map (3, S, S) in [0, 1], zero outside the hair.

    ``image_size``: S in pixels.
    """

    KIND: ClassVar[str] = 'label_color'
    TEXT: ClassVar[str] = 'a label map and a hair-colour map'
    Inputs: ClassVar[type] = LabelColorInputs
    preparable: ClassVar[bool] = True

    image_size: int

    @staticmethod
    def open(directory: str, image_size: int, fit: str = 'none') -> PairedDataset:
        """A whole data set, samples ``(image, *condition)``; ``fit``: of pictures that are not square.

        Raises DataError.
        """
        return open_dataset(directory, image_size, fit)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(channels, self.image_size, self.image_size) for channels in (CHANNELS, 3)]

    @property
    def suggestion(self) -> str:
        return '--label examples/seg.png --color examples/color.png'

    def read(self, inputs: LabelColorInputs, seed: int = 0) -> Asked:
        return self._asked(inputs, inputs.color, seed, lambda one: (one.label, one.color))

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

    def _asked(self, inputs: LabelInputs, color: Any, seed: int,
               arrays: Callable[[Painted], tuple[numpy.ndarray, ...]]) -> Asked:
        """What is painted from, of which ``arrays`` gives those of this condition."""
        with following_links(inputs.follow_links):
            found, faults = read_inputs(inputs.label, color, self.image_size, seed, inputs.fit)
        return Asked([(one.name, arrays(one)) for one in found], faults=tuple(faults),
                     windows=[one.window for one in found])


@dataclasses.dataclass(frozen=True)
class Label(LabelColor):
    """Label map (4, S, S) in {0, 1} alone."""

    KIND: ClassVar[str] = 'label'
    TEXT: ClassVar[str] = 'a label map'
    Inputs: ClassVar[type] = LabelInputs

    @staticmethod
    def open(directory: str, image_size: int, fit: str = 'none') -> LabelledDataset:
        """A whole data set, samples ``(image, label)``, likewise."""
        return LabelledDataset(list_samples(directory), image_size, fit)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return super().shapes[:1]

    @property
    def suggestion(self) -> str:
        return '--label examples/seg.png'

    def read(self, inputs: LabelInputs, seed: int = 0) -> Asked:
        return self._asked(inputs, '', seed, lambda one: (one.label,))

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
