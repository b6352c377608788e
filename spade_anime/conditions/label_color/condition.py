"""Label map and hair colour, and the label map alone."""
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy

from spade_anime.conditions.condition import Asked, Condition, Score
from spade_anime.conditions.controls import COLOR, MAP, Control
from spade_anime.conditions.label_color.dataset import LabelledDataset, PairedDataset, open_dataset
from spade_anime.conditions.label_color.inputs import ColorOf, Painted, read_inputs
from spade_anime.conditions.label_color.options import LabelColorInputs, LabelInputs
from spade_anime.conditions.label_color.palettes import check_hair, stored_palette
from spade_anime.data.palette import FIVE, PALETTE_FILE, Palette
from spade_anime.data.pictures import to_pixels
from spade_anime.evaluation.color import hair_color_error, image_error
from spade_anime.evaluation.segmentation_judge import LabelJudge
from spade_anime.files import following_links


@dataclasses.dataclass(frozen=True)
class LabelColor(Condition[LabelColorInputs]):
    """Label map (C, S, S) in {0, 1} and colour map (3, S, S) in [0, 1], zero outside the hair.

    ``image_size``: S in pixels. ``palette``: the classes of the label.
    """

    KIND: ClassVar[str] = 'label_color'
    TEXT: ClassVar[str] = 'a label map and a hair-colour map'
    Inputs: ClassVar[type] = LabelColorInputs
    VALUES: ClassVar[Mapping[str, str]] = {
        'label': '1 where the class of the channel is, else 0; the background has no channel',
        'color': 'colour from 0 to 1 where the hair is, else 0'}
    NEEDS_HAIR: ClassVar[bool] = True
    """Whether its labels need a class of hair, whose colour is a part of it."""
    preparable: ClassVar[bool] = True

    image_size: int
    palette: Palette = FIVE

    @classmethod
    def open(cls, directory: str, image_size: int, known: Palette | None = None, fit: str = 'none') -> PairedDataset:
        """A whole data set, samples ``(image, *condition)``, whose ``palette`` has the classes ``known``, if any are.

        ``fit``: what is done with pictures that are not square, one of ``FITS``. Raises DataError.
        """
        whole = open_dataset(directory, image_size, known, fit)
        if cls.NEEDS_HAIR:
            check_hair(whole.palette, whole.listing.palette_place / PALETTE_FILE)
        return cls.dataset(whole)

    @staticmethod
    def dataset(whole: PairedDataset) -> PairedDataset:
        """A data set as it was listed, with samples of this kind."""
        return whole

    @classmethod
    def of_data(cls, image_size: int, training: Any) -> Self:
        """The condition that follows from the part of a data set that is learnt from, as ``split`` gives it."""
        return cls(image_size, training.whole.palette)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [(channels, self.image_size, self.image_size) for channels in (self.palette.channels, 3)]

    @property
    def suggestion(self) -> str:
        return f'{self._example} --color ' + ('examples/color.png' if self.palette == FIVE else 'pink')

    @property
    def controls(self) -> list[Control]:
        """The label map, and the colour of its hair."""
        assert self.palette.hair is not None
        return [Control('label', MAP, 'label map'), Control('color', COLOR, self.palette.names[self.palette.hair])]

    def read(self, inputs: LabelColorInputs, seed: int = 0) -> Asked:
        return self._asked(inputs, inputs.color, seed, lambda one: (one.label, one.color))

    def described(self) -> dict[str, Any]:
        palette = self.palette
        return super().described() | {'channels': [palette.names[k] for k in palette.foreground],
                                      'palette': dict(zip(palette.names, palette.colors))}

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        label, color = arrays
        return {'label': self.palette.to_rgb(label), 'colour': to_pixels(color * 2 - 1)}

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Errors of the hair's colour and of the image."""
        return self._color_errors

    def judges(self, training: Any, directory: Path | None = None) -> list[Score]:
        """Label agreement."""
        palette = self.palette
        names = [palette.names[k] for k in (*palette.foreground, palette.background)]
        return [LabelJudge(training, names, directory)]

    def moved(self, arrays: tuple, draw: Any) -> tuple:
        label, color = arrays
        return draw.maps(label), draw.color_maps(color, self._hair(label))

    def values(self) -> dict[str, Any]:
        return {'image_size': self.image_size, 'palette': self.palette.values()}

    @classmethod
    def field_of(cls, field: dataclasses.Field, value: object) -> Any:
        """As the contract says; the classes of a run that stores none are ``FIVE``."""
        return stored_palette(value, cls.NEEDS_HAIR) if field.name == 'palette' else super().field_of(field, value)

    @property
    def _example(self) -> str:
        return '--label ' + ('examples/seg.png' if self.palette == FIVE else 'LABEL.png')

    def _hair(self, labels: Any) -> Any:
        """Where labels (N, C, S, S) have hair, (N, 1, S, S)."""
        return labels[:, self.palette.hair_channel, None]

    def _color_errors(self, samples: Sequence[tuple], painted: numpy.ndarray) -> dict[str, float]:
        _, labels, colors = (numpy.stack(arrays) for arrays in zip(*samples))
        found = image_error(samples, painted)
        if self.palette.hair is None:
            return found
        return {'hair_color_error': hair_color_error(painted, self._hair(labels), colors)} | found

    def _asked(self, inputs: LabelInputs, color: Any, seed: int,
               arrays: Callable[[Painted], tuple[numpy.ndarray, ...]], color_of: ColorOf | None = None) -> Asked:
        """What is painted from, of which ``arrays`` gives those of this condition."""
        with following_links(inputs.follow_links):
            found, faults = read_inputs(inputs.label, color, self.image_size, seed, self.palette, inputs.fit,
                                        color_of)
        return Asked([(one.name, arrays(one)) for one in found], faults=tuple(faults),
                     windows=[one.window for one in found])


@dataclasses.dataclass(frozen=True)
class Label(LabelColor):
    """Label map (C, S, S) in {0, 1} alone."""

    KIND: ClassVar[str] = 'label'
    TEXT: ClassVar[str] = 'a label map'
    Inputs: ClassVar[type] = LabelInputs
    NEEDS_HAIR: ClassVar[bool] = False

    @staticmethod
    def dataset(whole: PairedDataset) -> LabelledDataset:
        return LabelledDataset(whole.listing, whole.image_size, whole.palette, whole.fit)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return super().shapes[:1]

    @property
    def suggestion(self) -> str:
        return self._example

    @property
    def controls(self) -> list[Control]:
        """The label map."""
        return [Control('label', MAP, 'label map')]

    def read(self, inputs: LabelInputs, seed: int = 0) -> Asked:
        return self._asked(inputs, '', seed, lambda one: (one.label,))

    def tiles(self, *arrays: numpy.ndarray) -> dict[str, numpy.ndarray]:
        label, = arrays
        return {'label': self.palette.to_rgb(label)}

    def score(self, training: Any = None, seed: int = 0) -> Score:
        """Error of the image."""
        return image_error

    def moved(self, arrays: tuple, draw: Any) -> tuple:
        return draw.maps(arrays[0]),
