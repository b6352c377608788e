"""Which region a colour is meant for: --hair, --skin, --eye, --clothes, --colors hair=pink,eye=#2d5aa0."""
import re
from typing import Any

import numpy as np

from spade_anime.conditions.label_color.regions import parts_of
from spade_anime.data.errors import DataError
from spade_anime.data.hair import parse_color
from spade_anime.data.palette import Palette
from spade_anime.fields import shown

SYNONYMS = {'skin': ('skin', 'face'), 'eye': ('eye', 'eyes'), 'clothes': ('clothes',)}
"""The classes that a flag colours: the first of them that a label map has."""

CLOTHES_IN = 'other'
"""Where a label map has no class of clothes: the parts of this class that touch the lower edge."""

HAIR_FLAG = 'color'
"""The flag of the hair's colour, whatever its class is called."""

Colors = dict[str, tuple[int, int, int]]
"""RGB 0..255 by region: a class, or a key of ``SYNONYMS``."""


def named_colors(colors: str, flags: dict[str, Any], palette: Palette) -> Colors:
    """What ``--colors``, ``region=color,region=color``, and the single ``flags`` name.

    ``flags``: keys of ``SYNONYMS``, and ``HAIR_FLAG`` where that is a colour. Raises DataError for a region that a
    label map has not, a colour that is none, and a region named twice.
    """
    found: Colors = {}
    pairs = [('--colors', *_pair(text, palette)) for text in _split(colors)]
    pairs += [(f'--{name}', _hair(palette) if name == HAIR_FLAG else name, value)
              for name, value in flags.items() if _given(value)]
    for flag, region, value in pairs:
        _check_region(flag, region, palette)
        if region in found:
            raise DataError(f'{flag} {region}: named twice; allowed is one colour a region')
        try:
            found[region] = parse_color(value)
        except DataError as error:
            raise DataError(f'{flag} {region}: {error}') from None
    return found


def regions(palette: Palette) -> list[str]:
    """All that may be named: the classes, and what else flags call them."""
    names = list(palette.names)
    return names + [name for name in SYNONYMS if name not in names and (
        any(other in names for other in SYNONYMS[name]) or (name == 'clothes' and CLOTHES_IN in names))]


def area(region: str, classes: np.ndarray, palette: Palette) -> np.ndarray:
    """Where a label map, positions of classes (H, W), has a region, bool (H, W)."""
    for name in (region, *SYNONYMS.get(region, ())):
        if name in palette.names:
            return classes == palette.names.index(name)
    found = np.zeros(classes.shape, bool)
    for part in parts_of(classes == palette.names.index(CLOTHES_IN)):
        alone = np.zeros(classes.shape, bool)
        part.paint(alone, np.array(True))
        found |= alone & alone[-1].any()
    return found


def with_colors(colors: np.ndarray, named: Colors, classes: np.ndarray, palette: Palette) -> np.ndarray:
    """Colour map (3, H, W) in [0, 1] whose named regions have one colour each."""
    for region, color in named.items():
        value = np.array(color, np.float32)[:, None, None] / 255
        colors = np.where(area(region, classes, palette), value, colors)
    return colors


def _hair(palette: Palette) -> str:
    """Name of the class of hair. Raises DataError where there is none."""
    if palette.hair is None:
        raise DataError(f'--{HAIR_FLAG}: the label maps of this generator have no hair; --colors takes a colour for '
                        f'{", ".join(regions(palette))}')
    return palette.names[palette.hair]


def _given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value)


def _split(colors: str) -> list[str]:
    """``hair=pink,eye=1,2,3`` at the commas that begin a region."""
    return re.split(r',(?=[^,=]+=)', colors) if colors else []


def _pair(text: str, palette: Palette) -> tuple[str, str]:
    region, equals, value = text.partition('=')
    if not equals:
        raise DataError(f'--colors {shown(text)}: allowed is region=color,region=color, such as hair=pink,eye=#2d5aa0; '
                        f'regions are {", ".join(regions(palette))}')
    return region.strip(), value.strip()


def _check_region(flag: str, region: str, palette: Palette) -> None:
    if region not in regions(palette):
        raise DataError(f'{flag} {shown(region)}: the label maps of this generator have no such region; allowed are '
                        f'{", ".join(regions(palette))}')
