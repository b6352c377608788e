"""Reading a label picture of any kind: by index or by colour, and what had to be repaired."""
from typing import NamedTuple

import numpy as np
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.images import WIDE_GREY
from spade_anime.data.label_maps.by_color import classes_of_colors
from spade_anime.data.label_maps.checks import looks_wrong
from spade_anime.data.label_maps.colors import color_table
from spade_anime.data.label_maps.indexes import classes_of_greys, has_greys, index_text, refuse_greys
from spade_anime.data.label_maps.notes import Note
from spade_anime.data.label_maps.opacity import opacity_of, painted, straight
from spade_anime.data.label_maps.palettes import classes_by_index, palette_colors
from spade_anime.data.palette import Palette
from spade_anime.data.profiles import conversion, has_other_gamma, in_srgb, rgb_of

GREY = '1', 'L', 'LA', 'La', 'F', *WIDE_GREY
"""Pillow's modes that hold grey values, which are class indexes."""

PROFILE = Note('an embedded colour profile is unusable and ignored')
GAMMA = Note('a gamma or primaries of colours without a colour profile are ignored')


class LabelMap(NamedTuple):
    """A label as it was read.

    classes: uint8 (H, W), positions in the palette's names.
    notes: what was repaired, or looks wrong.
    """

    classes: np.ndarray
    notes: tuple[Note, ...]


class _Layer(NamedTuple):
    """A picture, and where it is painted, bool (H, W), by its opacity uint8 (H, W); both None where it is opaque."""

    picture: Image.Image
    source: object
    alpha: np.ndarray | None
    painted: np.ndarray | None


class _Found(NamedTuple):
    """Classes uint8 (H, W), what was repaired, and whether they were read by index or by colour."""

    classes: np.ndarray
    notes: list[Note]
    by_index: bool


def read_classes(picture: Image.Image, source: object, palette: Palette) -> LabelMap:
    """Read a label picture of any size and mode of Pillow. ``source``: what messages call it, its path.

    Raises:
        DataError: a region of a foreign colour, values that are no index, a palette that says two things, a blank file.
    """
    alpha = opacity_of(picture)
    where, notes = (None, []) if alpha is None else painted(alpha)
    layer = _Layer(picture, source, alpha, where)
    reader = _of_grey if picture.mode in GREY else _of_palette if picture.mode in ('P', 'PA') else _of_colors
    found = reader(layer, palette)
    if not found.by_index and conversion(picture).fault:
        notes = [*notes, PROFILE]
    if not found.by_index and has_other_gamma(layer.picture):
        notes = [*notes, GAMMA]
    return LabelMap(found.classes, (*notes, *found.notes, *looks_wrong(found.classes, palette, found.by_index)))


def _of_grey(layer: _Layer, palette: Palette) -> _Found:
    """A picture of grey values: indexes, but for a palette whose colours they are."""
    values = np.asarray(layer.picture)
    values = values[:, :, 0] if values.ndim == 3 else values
    # Pillow gives a 1-bit picture as booleans, which stand for 0 and 255.
    values = values * np.uint8(255) if values.dtype == bool else values
    found = classes_of_greys(values, layer.painted, layer.source, palette)
    if found is not None:
        return _Found(*found, by_index=True)
    if not has_greys(palette) or values.max() > 255:
        refuse_greys(values, layer.painted, layer.source, palette)
    grey = np.clip(values, 0, 255).astype(np.uint8)
    return _of_rgb(np.repeat(grey[:, :, None], 3, axis=2), layer, palette, may_be_index=True)


def _of_palette(layer: _Layer, palette: Palette) -> _Found:
    """A picture with a palette of its own."""
    indexes = np.asarray(layer.picture)
    indexes = indexes[:, :, 0] if indexes.ndim == 3 else indexes
    colors = palette_colors(layer.picture)
    found = classes_by_index(indexes, layer.painted, colors, layer.source, palette)
    if found is not None:
        return _Found(*found, by_index=True)
    pure = color_table(palette).look_up(colors).take(indexes)
    if layer.painted is not None:
        pure[~layer.painted] = palette.background
    if pure.max() < len(palette.names):
        return _Found(pure, [], by_index=False)
    return _of_rgb(colors[indexes], layer, palette, may_be_index=True)


def _of_colors(layer: _Layer, palette: Palette) -> _Found:
    """A picture of colours."""
    picture = layer.picture
    if picture.mode == 'CMYK':
        return _of_rgb(rgb_of(picture), layer, palette)
    rgb = np.asarray(picture.convert('RGBA').convert('RGB') if picture.mode == 'RGBa' else picture.convert('RGB'))
    grey = _is_grey(rgb, layer.painted)
    if grey:
        found = classes_of_greys(rgb[:, :, 0], layer.painted, layer.source, palette)
        if found is not None:
            return _Found(*found, by_index=True)
    if layer.alpha is not None:
        rgb = straight(rgb, layer.alpha, color_table(palette))
    return _of_rgb(in_srgb(rgb, picture), layer, palette, may_be_index=grey)


def _of_rgb(rgb: np.ndarray, layer: _Layer, palette: Palette, may_be_index: bool = False) -> _Found:
    """By colours (H, W, 3) in sRGB. ``may_be_index``: a file that it refuses may have been meant as indexes."""
    try:
        return _Found(*classes_of_colors(rgb, layer.painted, layer.source, palette), by_index=False)
    except DataError as error:
        if not may_be_index:
            raise
        raise DataError(f'{error}; nor has it the class indexes {index_text(palette)} alone') from None


def _is_grey(rgb: np.ndarray, painted: np.ndarray | None) -> bool:
    """Whether red, green and blue are the same in every pixel that is painted."""
    few = rgb[::16, ::16] if painted is None else rgb[painted][:64]
    if (few[..., :1] != few).any():
        return False
    same = (rgb[:, :, 0] == rgb[:, :, 1]) & (rgb[:, :, 1] == rgb[:, :, 2])
    return bool(same.all() if painted is None else same[painted].all())
