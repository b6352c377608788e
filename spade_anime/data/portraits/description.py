"""What a portrait shows: drawn at random, described by attributes and by a caption."""
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from spade_anime.data.hair import HAIR_COLORS, nearest_hair
from spade_anime.data.portraits import parts

_LENGTHS = {'long_hair': 'long', 'tied_hair': 'tied', 'shaved_head': 'shaved'}
_KINDS = {'curly_hair': 'curly', 'spiky_hair': 'spiky'}
_WORN = {
    'hair_bun': 'a hair bun', 'bangs': 'bangs', 'flowers': 'flowers in the hair', 'glasses': 'glasses',
    'sunglasses': 'sunglasses', 'earrings': 'earrings', 'freckles': 'freckles', 'beard': 'a beard',
}
_MOODS = {'smile': 'smiling', 'wink': 'winking', 'closed_eyes': 'eyes closed', 'open_mouth': 'mouth open'}


@dataclass(frozen=True)
class Portrait:
    """One portrait: the variant of each part (None: not worn), colours, and the pose.

    ``angle`` in degrees; ``scale`` 1 is the style's own size; ``shift`` (x, y) in -0.5..0.5 of the room
    left in the frame around the figure.
    """

    variants: dict[str, str | None]
    hair: str
    hair_value: tuple[int, int, int]
    skin: str
    mirrored: bool
    angle: float
    scale: float
    shift: tuple[float, float]
    clothes: str = parts.CLOTHES
    background: str = parts.BACKGROUND
    eyes: str = parts.LINES


def draw(rng: np.random.Generator, hair_style: str, hair: str, colorful: bool = False) -> Portrait:
    """Draw a portrait with the hair style and hair colour name given.

    ``colorful``: its clothes, eyes and background have colours drawn too; all else is as without.
    """
    def one_of(variants: Collection[str]) -> str:
        return str(rng.choice(sorted(variants)))

    def maybe(share: float, variants: Collection[str]) -> str | None:
        chosen = one_of(variants)
        return chosen if rng.random() < share else None

    eyes = parts.EYES[str(rng.choice(['open', 'closed', 'wink'], p=[0.86, 0.08, 0.06]))]
    mouth = parts.MOUTHS[str(rng.choice(['smile', 'neutral', 'surprised'], p=[0.62, 0.24, 0.14]))]
    variants: dict[str, str | None] = {
        'hair': hair_style, 'head': one_of(parts.HEADS), 'eyes': one_of(eyes), 'mouth': one_of(mouth),
        'eyebrows': one_of(parts.EYEBROWS), 'nose': one_of(parts.NOSES),
        'glasses': maybe(0.2, parts.GLASSES | parts.SUNGLASSES), 'earrings': maybe(0.25, parts.EARRINGS),
        'freckles': maybe(0.2, {'variant01'}), 'hairAccessories': maybe(0.15, {'flowers'}), 'beard': None,
    }
    if hair_style not in parts.HAIR_TRAITS['long_hair'] | parts.HAIR_TRAITS['tied_hair']:
        variants['beard'] = maybe(0.15, parts.BEARDS)
    if hair_style in parts.HAIR_TRAITS['shaved_head']:
        variants['hairAccessories'] = None
    portrait = Portrait(
        variants=variants, hair=hair, hair_value=_near(rng, hair),
        skin=str(rng.choice(parts.SKINS, p=parts.SKIN_SHARES)), mirrored=bool(rng.random() < 0.5),
        angle=float(rng.uniform(-8, 8)), scale=float(rng.uniform(1.08, 1.25)),
        shift=(float(rng.uniform(-0.25, 0.25)), float(rng.uniform(-0.25, 0.25))))
    if not colorful:
        return portrait
    return replace(portrait, clothes=one_of(parts.CLOTHES_COLORS), background=one_of(parts.BACKGROUND_COLORS),
                   eyes=one_of(parts.EYE_COLORS))


def _near(rng: np.random.Generator, hair: str) -> tuple[int, int, int]:
    """Draw a colour around a named one that is still nearer to it than to any other."""
    center = np.array(HAIR_COLORS[hair])
    while True:
        value = np.clip(center + rng.integers(-14, 15) + rng.integers(-8, 9, size=3), 0, 255)
        if nearest_hair(value) == hair:
            red, green, blue = (int(v) for v in value)
            return red, green, blue


def attributes(portrait: Portrait) -> dict[str, bool]:
    """Describe what is visible, as name -> bool, always the same names in the same order."""
    worn = portrait.variants
    hair_traits = {trait: worn['hair'] in styles for trait, styles in parts.HAIR_TRAITS.items()}
    sunglasses = worn['glasses'] in parts.SUNGLASSES
    return hair_traits | {
        'flowers': worn['hairAccessories'] is not None,
        'glasses': worn['glasses'] in parts.GLASSES,
        'sunglasses': sunglasses,
        'earrings': worn['earrings'] is not None,
        'freckles': worn['freckles'] is not None,
        'beard': worn['beard'] is not None,
        'smile': worn['mouth'] in parts.MOUTHS['smile'],
        'open_mouth': worn['mouth'] in parts.OPEN_MOUTHS,
        'closed_eyes': worn['eyes'] in parts.EYES['closed'] and not sunglasses,
        'wink': worn['eyes'] in parts.EYES['wink'] and not sunglasses,
        'dark_skin': portrait.skin in parts.DARK_SKINS,
        'facing_left': portrait.mirrored,
    }


def caption(portrait: Portrait) -> str:
    """Describe the portrait in one sentence."""
    has = attributes(portrait)
    length = _phrases(has, _LENGTHS)[:1] or ['short']
    kind = _phrases(has, _KINDS)[:1]
    things = [' '.join([*length, *kind, portrait.hair, 'hair']), *_phrases(has, _WORN)]
    listed = things[0] if len(things) == 1 else ', '.join(things[:-1]) + ' and ' + things[-1]
    return ', '.join([f'a person with {listed}', *_phrases(has, _MOODS)])


def _phrases(has: dict[str, bool], phrases: dict[str, str]) -> list[str]:
    return [phrase for name, phrase in phrases.items() if has[name]]
