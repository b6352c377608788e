"""What each part of the style shows, by its variant, and how often it is drawn."""


def _variants(numbers: str, kind: str = 'variant') -> frozenset[str]:
    return frozenset(f'{kind}{number}' for number in numbers.split())


HAIRS = tuple(f'variant{number:02d}' for number in range(1, 49))

HAIR_TRAITS = {
    'long_hair': _variants('10 13 15 16 17 18 19 20 21 23 24 32 33 35 40 41 42 45'),
    'bangs': _variants('06 07 10 11 12 13 14 16 17 18 19 23 30 40 41 42 43 45 46 48'),
    'tied_hair': _variants('14 26 29 30 31 33 36 38 42 45 46 48'),
    'hair_bun': _variants('14 26 38 45 46'),
    'curly_hair': _variants('05 09 18 22 24 32 35 37 39 44'),
    'spiky_hair': _variants('04 20 27 36'),
    'shaved_head': _variants('25 27 28 34'),
}

EYES = {
    'open': _variants('02 04 05 06 08 10 11 12 14 17 20 21 23 24'),
    'closed': _variants('01 19 22'),
    'wink': _variants('15 18'),
}
MOUTHS = {
    'smile': _variants('01 02 03 04 05 06 09 10 13 14 16', 'happy'),
    'neutral': frozenset(('happy18', 'sad03', 'sad04', 'sad05', 'sad09')),
    'surprised': frozenset(('sad01', 'happy08')),
}
OPEN_MOUTHS = frozenset(('happy05', 'happy06', 'happy08', 'happy16', 'sad01'))
EYEBROWS = _variants('01 02 05 07 09 10 11 12 13')
GLASSES = _variants('01 03 04')
SUNGLASSES = _variants('02')
EARRINGS = _variants('01 02 03')
BEARDS = _variants('01 02')
OPTIONAL = ('glasses', 'earrings', 'freckles', 'hairAccessories', 'beard')
HEADS = _variants('01 02 03 04')
NOSES = _variants('01 02 03 04 05 06')

SKINS = ('#fbe3d3', '#f5cfb3', '#e6b48f', '#b97f58', '#7d5138')
DARK_SKINS = SKINS[3:]
SKIN_SHARES = (0.3, 0.3, 0.2, 0.1, 0.1)

LINES = '#30262e'
SCLERA = '#ffffff'
BACKGROUND, CLOTHES = '#e9eef5', '#4b5a78'
"""What a label does not show is the same in every plain portrait; only the skin varies."""

CLOTHES_COLORS = (
    '#4b5a78', '#b8433f', '#e7e3da', '#2f2f38', '#5f8a5a', '#e2b33c', '#d98ba6', '#6f5a9c', '#3f8f9c', '#8a5a3c')
BACKGROUND_COLORS = (
    '#e9eef5', '#f6e7d6', '#dcefe0', '#f5dde3', '#e4dcf2', '#cfdcea', '#fbf6dd', '#b9c4cf')
EYE_COLORS = ('#30262e', '#6b3f24', '#27508f', '#2f6b4a', '#6d3a86', '#8c2f39', '#3d6f7a')
"""Of colourful portraits, in which no label and no hair colour says what the rest looks like."""
