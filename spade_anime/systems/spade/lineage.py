"""Snapshots saved by the lineage (SPADE-pix2pix-for-Anime): its parameter paths, and its networks' shapes."""
import re
from collections.abc import Iterable
from typing import Any

# Regular expressions on the lineage's parameter paths, applied in this order. None of them touches our own paths.
_SHARED_PATHS = (
    (r'(/c)+/', '/'),
    (r'^r(\d+)/', lambda match: f'blocks/{int(match[1]) - 1}/'),
    (r'/reshape_(noise|norm|conv)/', r'/\g<1>0/'),
)
_GENERATOR_PATHS = (
    (r'^w1/', 'label_mapping/'), (r'^w2/', 'color_mapping/'), (r'^to_img/', 'to_image/'),
    (r'^up(\d+)/', lambda match: f'upsamplings/{int(match[1]) - 1}/conv/'),
    (r'/noise(\d)/gamma$', r'/norm\1/noise_weight'),
    (r'/norm/(?=avg_|N$)', '/'),
)
_DISCRIMINATOR_PATHS = (
    (r'^c(\d)/', r'conv\1/'), (r'^n(\d)/', r'norm\1/'),
    (r'^att/f_conv/', 'attention/query/'), (r'^att/g_conv/', 'attention/key/'),
    (r'^att/h_conv/', 'attention/value/'), (r'^att/v_conv/', 'attention/output/'),
    (r'^att/gamma$', 'attention/gain'),
)

# What the lineage computed that is no longer the default.
LINEAGE_FORM = {'align_corners': True, 'label_pooling': 'bilinear', 'color_blocks': 2, 'double_activation': True,
                'gp_form': 'sum_then_square'}


def generator_path(path: str) -> str:
    """Our path of a parameter of the lineage's generator; our own paths come back as they are."""
    return _translated(path, _SHARED_PATHS + _GENERATOR_PATHS)


def discriminator_path(path: str) -> str:
    """Our path of a parameter of the lineage's discriminator; our own paths come back as they are."""
    return _translated(path, _SHARED_PATHS + _DISCRIMINATOR_PATHS)


def generator_options(shapes: dict) -> dict | None:
    """Options that build a generator of the lineage, from its parameter shapes by our paths; None if it is none."""
    if not {'head/W', 'label_mapping/conv4/W'} <= set(shapes):
        return None
    mode = 'subpx_conv' if 'upsamplings/0/conv/W' in shapes else 'bilinear'
    return {**LINEAGE_FORM, 'ngf': shapes['head/W'][0] // 8,
            'spade_ch': shapes['label_mapping/conv4/W'][0], 'upsampling_mode': mode,
            'conv_norm': 'spectral_norm_hook' if 'head/W_u' in shapes else 'original'}


def _translated(path: str, rules: Iterable[tuple[str, Any]]) -> str:
    for pattern, replacement in rules:
        path = re.sub(pattern, replacement, path)
    return path
