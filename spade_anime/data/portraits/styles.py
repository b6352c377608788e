"""The style's parts as a picture and as a label: two definitions of the same shapes in different colours."""
import copy
import functools
import io
import json
from importlib.resources import files

import cv2
import numpy as np
import resvg_py
from dicebear import Style
from PIL import Image

from spade_anime.data.hair import to_hex
from spade_anime.data.palette import FIVE
from spade_anime.data.portraits import parts

PLACE = 'matrix(1 0 0 1 0 0)'
"""The transform around the whole figure, to be replaced by a pose."""

LABEL_COLORS = dict(zip(FIVE.names, FIVE.colors))
"""RGB by the name of a class."""

_EYES_STRETCH = 1.3
_BETWEEN_THE_EYES = 215
_SHOULDERS = 'M-300 1700 20 1010Q70 872 250 846L330 800 640 800 720 846Q880 872 930 1010L1250 1700Z'
_CLASS_OF_PART = {'head': 'face', 'freckles': 'face', 'hair': 'hair', 'beard': 'hair', 'eyes': 'eye'}
# Lines are so much wider in the label (canvas units), to survive nearest sampling at 64 px.
_LABEL_STROKE = {'head': 4, 'eyes': 14, 'eyebrows': 6, 'mouth': 6, 'nose': 4, 'earrings': 6}


def rasterise(svg: str, width: int, height: int) -> Image.Image:
    """Render SVG markup to an RGBA picture."""
    data = resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height, skip_system_fonts=True)
    return Image.open(io.BytesIO(data)).convert('RGBA')


@functools.cache
def picture_style() -> Style:
    """Return the style with shoulders, taller eyes and whites of the eyes."""
    return Style(_definition())


@functools.cache
def label_style() -> Style:
    """Return the same shapes, each in its class's palette colour, with crisp edges."""
    definition = copy.deepcopy(_definition())
    definition['attributes']['shape-rendering'] = 'crispEdges'
    for name, component in definition['components'].items():
        color = to_hex(LABEL_COLORS[_CLASS_OF_PART.get(name, 'other')])
        for variant in component['variants'].values():
            _recolor(variant['elements'], color, _LABEL_STROKE.get(name))
    figure = definition['canvas']['elements'][0]
    _recolor(figure['children'], to_hex(LABEL_COLORS['other']), None)
    return Style(definition)


def _recolor(elements: list[dict], color: str, stroke: float | None) -> None:
    for element in elements:
        attributes = element.get('attributes', {})
        attributes.pop('opacity', None)
        if 'fill' in attributes:
            attributes['fill'] = color
            if stroke:
                attributes |= {'stroke': color, 'stroke-width': str(stroke), 'stroke-linejoin': 'round'}
        _recolor(element.get('children', []), color, stroke)


@functools.cache
def _definition() -> dict:
    definition = json.loads(files('dicebear_styles').joinpath('lorelei.json').read_text('utf-8'))
    definition['colors'] |= {'sclera': {'values': [parts.SCLERA]}, 'clothes': {'values': [parts.CLOTHES]}}
    eyes = definition['components']['eyes']
    for name in parts.EYES['open']:
        variant = eyes['variants'][name]
        variant['elements'][:0] = [_path(outline, 'sclera') for outline in _eye_outlines(eyes, variant)]
    for head in definition['components']['head']['variants'].values():
        for element in head['elements']:
            if element['name'] == 'eyes':
                element['attributes']['transform'] = f'translate(159 216) scale(1 {_EYES_STRETCH})'
            elif element['name'] == 'eyebrows':
                element['attributes']['transform'] = 'translate(164 112)'
    figure = [_path(_SHOULDERS, 'clothes'), *definition['canvas']['elements']]
    definition['canvas']['elements'] = [
        {'name': 'g', 'type': 'element', 'attributes': {'transform': PLACE}, 'children': figure}]
    return definition


def _path(outline: str, color: str) -> dict:
    fill = {'type': 'color', 'name': color}
    return {'name': 'path', 'type': 'element', 'attributes': {'d': outline, 'fill': fill}}


def _eye_outlines(part: dict, variant: dict) -> list[str]:
    """Return the convex hull of the left and the right eye as SVG paths, in the part's own units."""
    width, height = part['width'], part['height']
    shapes = ''.join(f'<path d="{element["attributes"]["d"]}"/>' for element in variant['elements'])
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{shapes}</svg>'
    drawn = np.array(rasterise(svg, width, height))[:, :, 3] > 128
    outlines = []
    for start, end in ((0, _BETWEEN_THE_EYES), (_BETWEEN_THE_EYES, width)):
        points = np.argwhere(drawn[:, start:end])[:, ::-1] + (start, 0)
        hull = cv2.convexHull(points.astype(np.int32))[:, 0]
        outlines.append('M' + ' '.join(f'{x} {y}' for x, y in hull) + 'Z')
    return outlines
