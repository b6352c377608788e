"""Embedded ICC profiles: the colours of a picture in sRGB, in which everything here is painted and compared."""
import functools
import io
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageCms

COLORED = ('RGB', 'RGBA', 'RGBX', 'RGBa', 'CMYK', 'YCbCr', 'P', 'PA')
"""Pillow's modes that a profile of colours applies to. Greys are left alone: in a label they are indexes."""

_SAME = 3
"""A profile that changes no probed colour by more than this (0..255) is sRGB by another name."""

_GAMMA, _PRIMARIES = 0.45455, (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
"""Of sRGB, as PNG files have them: white point, red, green and blue in x and y."""
_CLOSE = 0.01


class Conversion(NamedTuple):
    """From a profile to sRGB; ``transform`` is None where nothing changes, ``fault`` where the profile is unusable."""

    transform: ImageCms.ImageCmsTransform | None
    fault: bool = False


def conversion(picture: Image.Image) -> Conversion:
    """The conversion that a picture's embedded profile asks for."""
    profile = picture.info.get('icc_profile')
    if not isinstance(profile, bytes) or not profile or picture.mode not in COLORED:
        return Conversion(None)
    return _conversion(profile, 'CMYK' if picture.mode == 'CMYK' else 'RGB')


def rgb_of(picture: Image.Image) -> np.ndarray:
    """A picture without opacity, of any mode, as sRGB (H, W, 3) uint8. An unusable profile is ignored."""
    transform = conversion(picture).transform
    if transform is not None and picture.mode == 'CMYK':
        return np.asarray(ImageCms.applyTransform(picture, transform))
    return in_srgb(np.asarray(picture.convert('RGB')), picture)


def in_srgb(rgb: np.ndarray, picture: Image.Image) -> np.ndarray:
    """Colours (H, W, 3) uint8 of ``picture``, converted by its profile. An unusable profile is ignored."""
    transform = conversion(picture).transform
    return rgb if transform is None or picture.mode == 'CMYK' else _applied(rgb, transform)


def has_other_gamma(picture: Image.Image) -> bool:
    """Whether a PNG file names, without a profile, a gamma or primaries that are not those of sRGB.

    They are ignored, as most programs do: older ones wrote wrong values.
    """
    gamma, primaries = picture.info.get('gamma', _GAMMA), picture.info.get('chromaticity', _PRIMARIES)
    other = not np.allclose((gamma, *primaries), (_GAMMA, *_PRIMARIES), atol=_CLOSE)
    return other and not {'icc_profile', 'srgb'} & picture.info.keys()


def _applied(rgb: np.ndarray, transform: ImageCms.ImageCmsTransform) -> np.ndarray:
    return np.asarray(ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(rgb)), transform))


@functools.lru_cache(maxsize=16)
def _conversion(profile: bytes, mode: str) -> Conversion:
    try:
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile('sRGB'), mode, 'RGB',
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
    except (ImageCms.PyCMSError, OSError):
        return Conversion(None, fault=True)
    if mode == 'RGB':
        probe = np.stack(np.meshgrid(*[[0, 64, 128, 192, 255]] * 3), -1).reshape(5, 25, 3).astype(np.uint8)
        if np.abs(_applied(probe, transform).astype(int) - probe).max() <= _SAME:
            return Conversion(None)
    return Conversion(transform)
