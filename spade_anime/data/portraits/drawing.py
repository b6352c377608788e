"""From a portrait's description to its strip: picture, label and colour map."""
from dataclasses import replace

import numpy as np
from dicebear import Avatar, Style
from PIL import Image

from spade_anime.data.hair import to_hex
from spade_anime.data.portraits import parts
from spade_anime.data.portraits.description import Portrait
from spade_anime.data.portraits.styles import LABEL_COLORS, PLACE, label_style, picture_style, rasterise

CANVAS = 980
_LINE_PARTS = (
    'outline', 'eyebrows', 'mouth', 'nose', 'freckles', 'glasses', 'earrings', 'hairAccessories')
_SHADE = 0.08
_PROOF, _LEAST_SEEN = 256, 8
"""A worn part counts as seen if taking it off changes at least 8 pixels of a rendering of 256 px."""
_NECK = 355
"""How far below the figure's middle, in canvas units, it has to be seen; what hangs lower may be cut off."""


def strip(portrait: Portrait, size: int) -> Image.Image:
    """Render ``image | label | color``, size x size pixels each; every label pixel is a palette colour."""
    transform = _pose(portrait)
    panels = (
        _render(picture_style(), portrait, transform, portrait.background, size),
        _render(label_style(), portrait, transform, to_hex(LABEL_COLORS['background']), size),
        Image.new('RGB', (size, size), portrait.hair_value),
    )
    whole = Image.new('RGB', (3 * size, size))
    for i, panel in enumerate(panels):
        whole.paste(panel, (i * size, 0))
    return whole


def cut_out(portrait: Portrait, size: int) -> tuple[Image.Image, Image.Image]:
    """Render the picture, RGBA without its background, and the label, RGB; size x size pixels each."""
    transform = _pose(portrait)
    background = to_hex(LABEL_COLORS['background'])
    return (_layer(picture_style(), portrait, transform, None, size),
            _layer(label_style(), portrait, transform, background, size).convert('RGB'))


def without_hidden(portrait: Portrait) -> Portrait:
    """Take off what the hair hides (earrings, freckles, ...): the description then names only what can be seen."""
    transform = _pose(portrait)

    def picture(variants: dict[str, str | None]) -> np.ndarray:
        shown = replace(portrait, variants=variants)
        return np.asarray(_render(picture_style(), shown, transform, portrait.background, _PROOF)).astype(int)

    worn = dict(portrait.variants)
    for part in parts.OPTIONAL:
        bare = worn | {part: None}
        if worn[part] and (np.abs(picture(worn) - picture(bare)).max(axis=2) > 48).sum() < _LEAST_SEEN:
            worn = bare
    return replace(portrait, variants=worn)


def _render(style: Style, portrait: Portrait, transform: str, background: str, size: int) -> Image.Image:
    return _layer(style, portrait, transform, background, size).convert('RGB')


def _layer(style: Style, portrait: Portrait, transform: str, background: str | None, size: int) -> Image.Image:
    """RGBA; without a ``background`` it is transparent."""
    options: dict[str, str | int | list[str]] = {'seed': 'portrait', 'scleraColor': parts.SCLERA}
    options |= {'backgroundColor': background} if background else {}
    options |= {f'{part}Color': parts.LINES for part in _LINE_PARTS}
    open_eyes = portrait.variants['eyes'] in parts.EYES['open']
    options |= {'eyesColor': portrait.eyes if open_eyes else parts.LINES, 'clothesColor': portrait.clothes}
    options |= {'skinColor': portrait.skin, 'hairColor': _shades(portrait.hair_value),
                'hairColorFill': 'linear', 'hairColorAngle': 90, 'hairColorOrder': 'fixed'}
    for part, variant in portrait.variants.items():
        options |= {f'{part}Probability': 100 if variant else 0}
        if variant:
            options[f'{part}Variant'] = variant
    svg = Avatar(style, options).to_string().replace(PLACE, transform, 1)
    return rasterise(svg, size, size)


def _shades(color: tuple[int, int, int]) -> list[str]:
    """Return a lighter and a darker shade, whose mean is about the colour itself."""
    value = np.array(color, dtype=float)
    lighter, darker = value + (255 - value) * _SHADE, value * (1 - _SHADE)
    return [to_hex(tuple(int(v) for v in np.rint(shade))) for shade in (lighter, darker)]


def _pose(portrait: Portrait) -> str:
    """Place the figure at the portrait's angle, size and position, hair, head and neck in the frame."""
    turn = f'rotate({portrait.angle:.3f}) scale({-1 if portrait.mirrored else 1} 1) translate(-490 -490)'
    # A first small rendering at 0.4 of the size, which everything fits into, shows where the figure lies.
    cells = 196
    trial = f'translate(490 490) scale(.4) {turn}'
    small = _render(label_style(), portrait, trial, to_hex(LABEL_COLORS['background']), cells)
    pixels = np.asarray(small)
    head = [(pixels == LABEL_COLORS[name]).all(axis=2) for name in ('hair', 'face')]
    rows, columns = np.nonzero(head[0] | head[1])
    unit = CANVAS / cells / 0.4
    left, right = ((edge - cells / 2) * unit for edge in (columns.min(), columns.max() + 1))
    top, bottom = ((edge - cells / 2) * unit for edge in (rows.min(), rows.max() + 1))
    bottom = min(bottom, _NECK)
    scale = min(portrait.scale, 0.94 * CANVAS / (right - left), 0.94 * CANVAS / (bottom - top))
    slack_x, slack_y = CANVAS - scale * (right - left), CANVAS - scale * (bottom - top)
    x = slack_x * (0.5 + portrait.shift[0]) - scale * left
    y = slack_y * (0.5 + portrait.shift[1]) - scale * top
    return f'translate({x:.3f} {y:.3f}) scale({scale:.5f}) {turn}'
