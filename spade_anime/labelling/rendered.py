"""Portraits of several published styles with exact labels, from which the labeller that comes with the project learnt.

The styles, as DiceBear publishes them: Lorelei and Adventurer by Lisa Wischofsky, Avatar Illustration System (Micah) by
Micah Lanier, ToonHead by Johan Melin, Personas by Draftbit, Face Generator (Big Ears) by The Visual Team, Custom Avatar
(Big Smile) by Ashley Seo, Notionists by Zoish. Lorelei and Notionists are in the public domain (CC0 1.0), the others
under CC BY 4.0.
"""
import copy
import functools
import json
from importlib.resources import files
from typing import NamedTuple

import cv2
import numpy
from dicebear import Avatar, Style
from PIL import Image

from spade_anime.data.hair import to_hex
from spade_anime.data.palette import FIVE
from spade_anime.data.portraits.drawing import cut_out
from spade_anime.data.portraits.styles import LABEL_COLORS, rasterise
from spade_anime.data.portraits.writing import describe
from spade_anime.labelling.learning import LEARNT_SIZE
from spade_anime.labelling.styles import LORELEI

CLASS_OF_PART = {
    'hair': 'hair', 'rearHair': 'hair', 'frontHair': 'hair', 'sideburns': 'hair', 'beard': 'hair', 'facialHair': 'hair',
    'head': 'face', 'ears': 'face', 'details': 'face', 'body': 'face', 'eyes': 'eye'}
"""Of a style's parts; the rest are 'other'."""

_NO_SHAPES = 'mask', 'clipPath', 'defs'
_SEE_THROUGH = 'opacity', 'fill-opacity', 'stroke-opacity', 'style'


class Rendered(NamedTuple):
    """A portrait without its background, RGBA uint8 (S, S, 4), and its classes in ``FIVE``, uint8."""

    picture: numpy.ndarray
    classes: numpy.ndarray


class Order(NamedTuple):
    """Which portrait is rendered: of the same style and seed, all numbers differ."""

    style: str
    seed: int
    number: int


def render(order: Order) -> Rendered:
    """Render a portrait."""
    if order.style == LORELEI:
        picture, label = cut_out(describe(order.number, order.seed, colorful=True), LEARNT_SIZE)
    else:
        background = Image.new('RGBA', (LEARNT_SIZE, LEARNT_SIZE), to_hex(LABEL_COLORS['background']))
        picture, label = (_drawn(style, f'{order.seed} {order.number}') for style in _styles(order.style))
        label = Image.alpha_composite(background, label).convert('RGB')
    distances = numpy.abs(numpy.asarray(label)[:, :, None].astype(int) - FIVE.array).sum(axis=3)
    return Rendered(numpy.asarray(picture), distances.argmin(axis=2).astype(numpy.uint8))


def on_background(picture: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """A picture (H, W, 4) uint8 on a background drawn at random, (H, W, 3): plain, shaded, in soft or sharp patches."""
    cells = int(random.choice([1, 2, 5, 12]))
    method = cv2.INTER_NEAREST if random.random() < 0.3 else cv2.INTER_LINEAR
    colors = random.integers(0, 256, (cells, cells, 3)).astype(numpy.float32)
    background = cv2.resize(colors, picture.shape[1::-1], interpolation=method)
    share = picture[:, :, 3:].astype(numpy.float32) / 255
    return (picture[:, :, :3] * share + background * (1 - share)).astype(numpy.uint8)


def _drawn(style: Style, seed: str) -> Image.Image:
    return rasterise(Avatar(style, {'seed': seed}).to_string(), LEARNT_SIZE, LEARNT_SIZE)


@functools.cache
def _styles(name: str) -> tuple[Style, Style]:
    """The style as it is, and with each part in the colour of its class and with crisp edges."""
    definition = json.loads(files('dicebear_styles').joinpath(f'{name}.json').read_text('utf-8'))
    label = copy.deepcopy(definition)
    label.setdefault('attributes', {})['shape-rendering'] = 'crispEdges'
    for part, component in label['components'].items():
        for variant in component['variants'].values():
            _recolor(variant['elements'], to_hex(LABEL_COLORS[CLASS_OF_PART.get(part, 'other')]))
    # What a style draws besides its parts is a bare head.
    _recolor(label['canvas']['elements'], to_hex(LABEL_COLORS['face']))
    return Style(definition), Style(label)


def _recolor(elements: list[dict], color: str) -> None:
    for element in elements:
        if element['name'] in _NO_SHAPES:
            continue
        attributes = element.get('attributes', {})
        for name in _SEE_THROUGH:
            attributes.pop(name, None)
        attributes |= {name: color for name in ('fill', 'stroke') if attributes.get(name, 'none') != 'none'}
        _recolor(element.get('children', []), color)
