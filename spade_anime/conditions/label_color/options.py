"""Flags of a label map and a hair colour."""
import dataclasses
from typing import Any

from spade_anime.fields import option


@dataclasses.dataclass
class LabelInputs:
    """What a portrait is painted from where its colours are left to the generator."""

    label: Any = option('', 'input', 'label map to paint, or a directory of them', path=True)


@dataclasses.dataclass
class LabelColorInputs(LabelInputs):
    """What a portrait is painted from. In Python both may be pictures of Pillow, or arrays, as well."""

    color: Any = option('', 'input', 'hair colour: an image, #rrggbb, or none for a random one; with a directory of '
                        'labels also a directory of images of the same names', path=True)
