"""Label map and a colour for every region."""
import dataclasses
import itertools
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy

from spade_anime.conditions.condition import Asked
from spade_anime.conditions.controls import COLOR, LAYER, MAP, Control
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.conditions.label_color.dataset import ColoredDataset, PairedDataset
from spade_anime.conditions.label_color.naming import HAIR_FLAG, SYNONYMS, Colors, named_colors, regions, with_colors
from spade_anime.conditions.label_color.options import LabelColorInputs, LabelColorsInputs
from spade_anime.conditions.label_color.reading import color_map_of, is_picture, layer_of
from spade_anime.conditions.label_color.regions import Portrait, colored_like, painted_over, with_map
from spade_anime.conditions.label_color.stored_colors import as_values, portraits_of_values

KEPT = 64
"""Real portraits whose colours a run keeps."""


@dataclasses.dataclass(frozen=True)
class LabelColors(LabelColor):
    """Label map (C, S, S) in {0, 1} and colour map (3, S, S) in [0, 1], which has a colour for every region.

    ``portraits``: the colours of real portraits. What a user leaves open is painted in those of one of them.
    """

    KIND: ClassVar[str] = 'label_colors'
    TEXT: ClassVar[str] = 'a label map and colours of its regions'
    Inputs: ClassVar[type] = LabelColorsInputs
    VALUES: ClassVar[Mapping[str, str]] = {**LabelColor.VALUES, 'color': 'colour of every region from 0 to 1'}
    NEEDS_HAIR: ClassVar[bool] = False

    portraits: tuple[Portrait, ...] = ()

    @staticmethod
    def dataset(whole: PairedDataset) -> ColoredDataset:
        return ColoredDataset(whole.listing, whole.image_size, whole.palette, whole.fit)

    @classmethod
    def of_data(cls, image_size: int, training: Any) -> Self:
        """Keeps the colours of up to ``KEPT`` samples, spread over the set."""
        step = max(1, len(training) // KEPT)
        whole, places = training.whole, training.places[::step][:KEPT]
        return cls(image_size, whole.palette, tuple(whole.portrait(i) for i in places))

    @property
    def controls(self) -> list[Control]:
        """The label map, colours over it, and the colour of every region that ``--colors`` names, by one name each."""
        classes = self.palette.names
        named = [name for name in regions(self.palette) if not set(',=') & set(name)
                 and (name in classes or not set(SYNONYMS[name]) & set(classes))]
        maps = Control('label', MAP, 'label map'), Control('color', LAYER, 'painted colours')
        return [*maps, *(Control('colors', COLOR, name, region=name) for name in named)]

    def read(self, inputs: LabelColorInputs, seed: int = 0) -> Asked:
        """As asked for; every further draw takes what was left open from another portrait."""
        assert isinstance(inputs, LabelColorsInputs)
        flags = {name: getattr(inputs, name) for name in SYNONYMS}
        draws: list[Any] = []
        random = numpy.random.default_rng(seed)

        def color_of(value: Any, label: numpy.ndarray) -> numpy.ndarray:
            picture = is_picture(value)
            layer = layer_of(value, self.image_size, inputs.fit) if picture else None
            given = color_map_of(value, self.image_size, inputs.fit) if picture and layer is None else None
            named = named_colors(inputs.colors, flags | {HAIR_FLAG: '' if picture else value}, self.palette)
            # No portrait lends its colours twice before each has.
            portraits = itertools.cycle(random.permutation(len(self.portraits)))

            def drawn() -> numpy.ndarray:
                colors = self._colored(label, given, named, next(portraits))
                return colors if layer is None else painted_over(colors, layer)
            draws.append(lambda _: (label, drawn()))
            return drawn()

        asked = self._asked(inputs, inputs.color, seed, lambda one: (one.label, one.color), color_of)
        return asked._replace(redrawn=tuple(draws))

    def drawn_again(self, arrays: tuple, random: numpy.random.Generator) -> tuple:
        label, _ = arrays
        return label, self._colored(label, None, {}, int(random.integers(len(self.portraits))))

    def moved(self, arrays: tuple, draw: Any) -> tuple:
        label, color = arrays
        return draw.maps(label), draw.color_maps(color, 1)

    def values(self) -> dict[str, Any]:
        return super().values() | {'portraits': as_values(self.portraits)}

    @classmethod
    def field_of(cls, field: dataclasses.Field, value: object) -> Any:
        """As the contract says."""
        return portraits_of_values(value) if field.name == 'portraits' else super().field_of(field, value)

    def _colored(self, label: numpy.ndarray, given: numpy.ndarray | None, named: Colors,
                 place: int) -> numpy.ndarray:
        """Colour map of a label: in the colours of the portrait at a place, of a colour map, and of the regions named.
        """
        classes = self.palette.classes(label)
        colors = colored_like(classes, self.portraits[place], self.portraits)
        if given is not None:
            colors = with_map(colors, given, classes, self.palette.hair)
        return with_colors(colors, named, classes, self.palette).astype(numpy.float32)
