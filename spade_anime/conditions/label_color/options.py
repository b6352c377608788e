"""Flags of a label map and a hair colour."""
import dataclasses
from typing import Any

from spade_anime.data.options import fit_option, follow_links_option
from spade_anime.fields import option


@dataclasses.dataclass
class LabelInputs:
    """What a portrait is painted from where its colours are left to the generator."""

    label: Any = option('', 'input', 'label map to paint, or a directory of them', path=True)
    fit: str = fit_option('reading')
    follow_links: bool = follow_links_option('reading')


@dataclasses.dataclass
class LabelColorInputs(LabelInputs):
    """What a portrait is painted from. In Python both may be pictures of Pillow, or arrays, as well."""

    color: Any = option('', 'input', 'hair colour: a name, #rrggbb, r,g,b, or an image; none: a random one; with a '
                        'directory of labels also a directory of images of the same names', path=True)


@dataclasses.dataclass
class LabelColorsInputs(LabelColorInputs):
    """What a portrait is painted from where every region may be given a colour. What has none is drawn."""

    skin: Any = option('', 'input', 'colour of the skin, as --color')
    eye: Any = option('', 'input', 'colour of the eyes, as --color')
    clothes: Any = option('', 'input', 'colour of the clothes, as --color')
    colors: str = option('', 'input', 'colours of regions by the names of their classes: hair=pink,eye=#2d5aa0')
