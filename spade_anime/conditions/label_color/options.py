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
