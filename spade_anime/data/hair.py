"""Hair colours by name, as anime has them."""
import re
from collections.abc import Sequence

import numpy as np

from spade_anime.data.errors import DataError

HAIR_COLORS = {
    'black': (44, 40, 52),
    'brown': (124, 78, 48),
    'blonde': (242, 208, 104),
    'orange': (238, 134, 50),
    'red': (200, 44, 52),
    'pink': (246, 146, 186),
    'purple': (140, 84, 190),
    'blue': (66, 104, 206),
    'teal': (62, 182, 182),
    'green': (96, 170, 84),
    'silver': (202, 206, 216),
}
"""Name -> RGB 0..255."""


def random_hair_color(rng: np.random.Generator) -> tuple[str, tuple[int, int, int]]:
    """Draw one of the named hair colours: its name and RGB value."""
    name = list(HAIR_COLORS)[int(rng.integers(len(HAIR_COLORS)))]
    return name, HAIR_COLORS[name]


def nearest_hair(color: Sequence[int]) -> str:
    """Return the name of the hair colour nearest to an RGB value 0..255."""
    return min(HAIR_COLORS, key=lambda name: float(((np.array(HAIR_COLORS[name]) - color) ** 2).sum()))


def parse_color(value: str | Sequence[int]) -> tuple[int, int, int]:
    """Read ``#rrggbb``, a hair colour's name, or three numbers 0..255 as RGB.

    Raises:
        DataError: anything else.
    """
    if isinstance(value, str):
        if value.lower() in HAIR_COLORS:
            return HAIR_COLORS[value.lower()]
        if re.fullmatch('#[0-9a-fA-F]{6}', value):
            red, green, blue = bytes.fromhex(value[1:])
            return red, green, blue
    elif isinstance(value, Sequence | np.ndarray) and np.shape(value) == (3,) and all(
            0 <= int(v) <= 255 for v in value):
        red, green, blue = (int(v) for v in value)
        return red, green, blue
    allowed = f'#rrggbb, three numbers 0..255, or a name: {", ".join(HAIR_COLORS)}'
    raise DataError(f'{value!r}: no colour; allowed are {allowed}')


def to_hex(color: Sequence[int]) -> str:
    """Write RGB 0..255 as ``#rrggbb``."""
    return '#' + bytes(color).hex()
