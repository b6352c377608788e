"""Hair colours by name, as anime has them."""
import difflib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import ImageColor

from spade_anime.data.errors import DataError
from spade_anime.fields import shown

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
ALLOWED = (f'a name ({", ".join(HAIR_COLORS)}, or of CSS, such as white), #rrggbb, #rgb, r,g,b of 0..255, or a '
           'picture')


def random_hair_color(rng: np.random.Generator) -> tuple[str, tuple[int, int, int]]:
    """Draw one of the named hair colours: its name and RGB value."""
    name = list(HAIR_COLORS)[int(rng.integers(len(HAIR_COLORS)))]
    return name, HAIR_COLORS[name]


def nearest_hair(color: Sequence[int]) -> str:
    """Return the name of the hair colour nearest to an RGB value 0..255."""
    return min(HAIR_COLORS, key=lambda name: float(((np.array(HAIR_COLORS[name]) - color) ** 2).sum()))


def parse_color(value: Any) -> tuple[int, int, int]:
    """Read a colour as RGB 0..255: ``#rrggbb``, ``rrggbb``, ``#rgb``, ``r,g,b``, three numbers, or a name: of a hair
    colour, else of CSS.

    Raises:
        DataError: anything else; of a word with the name that is nearest to it.
    """
    if isinstance(value, str):
        return _parsed(value.strip())
    if isinstance(value, Sequence | np.ndarray) and np.shape(value) == (3,) and all(
            isinstance(v, int | float | np.number) and v in range(256) for v in value):
        red, green, blue = (int(v) for v in value)
        return red, green, blue
    raise DataError(f'{shown(value)}: no colour; allowed are {ALLOWED}')


def _parsed(text: str) -> tuple[int, int, int]:
    # As input methods of Japanese write letters and digits, and as names of two words are written.
    word = unicodedata.normalize('NFKC', text).lower()
    word = re.sub('(?<=[a-z])[ _-](?=[a-z])', '', word)
    if word in HAIR_COLORS:
        return HAIR_COLORS[word]
    if re.fullmatch('#?[0-9a-f]{6}|#[0-9a-f]{3}', word):
        digits = word.removeprefix('#')
        red, green, blue = bytes.fromhex(digits if len(digits) == 6 else ''.join(2 * digit for digit in digits))
        return red, green, blue
    if found := re.fullmatch(r'(?:rgb)?\(?\s*(\d{1,3})\s*[,;\s]\s*(\d{1,3})\s*[,;\s]\s*(\d{1,3})\s*\)?', word):
        red, green, blue = (int(number) for number in found.groups())
        if max(red, green, blue) < 256:
            return red, green, blue
    if word in ImageColor.colormap:
        red, green, blue = ImageColor.getrgb(word)[:3]
        return red, green, blue
    near = f'did you mean {name}? Allowed' if (name := _nearest_name(word)) else 'allowed'
    raise DataError(f'{shown(text)}: no such colour; {near} are {ALLOWED}')


def _nearest_name(word: str) -> str:
    """The name of a colour that a word may mean, by its letters; '' for none."""
    near = difflib.get_close_matches(word, [*HAIR_COLORS, *ImageColor.colormap], 1)
    return near[0] if near else ''


def to_hex(color: Sequence[int]) -> str:
    """Write RGB 0..255 as ``#rrggbb``."""
    return '#' + bytes(color).hex()
