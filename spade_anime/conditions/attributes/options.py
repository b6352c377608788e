"""Flags of a list of attributes."""
import dataclasses
from typing import Any

from spade_anime.fields import option


@dataclasses.dataclass
class AttributeInputs:
    """What a picture is painted from. In Python also a list of names, or a vector of numbers."""

    attributes: Any = option('', 'input', 'attributes to have, like long_hair,glasses; all: one sheet that switches '
                             'on each in turn')
