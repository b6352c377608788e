"""Flags of a class."""
import dataclasses
from typing import Any

from spade_anime.fields import option

ALL = 'all'


@dataclasses.dataclass
class ClassInputs:
    """What an image is painted from."""

    class_name: Any = option('', 'input', f'class to paint; {ALL}: a sheet with a row of each', aliases=('class',))
