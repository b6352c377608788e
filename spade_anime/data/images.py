"""Reading picture files: every kind that annotators' tools save, and one line for each that cannot be read."""
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from spade_anime.data.errors import DataError
from spade_anime.data.palette import BACKGROUND, NAMES, classes_from_rgb

EXTENSIONS = ('.png', '.jpg', '.jpeg', '.bmp', '.webp')
MAX_PIXELS = 100_000_000
"""Pictures that claim more pixels than this are refused before they are decoded (a 3 x 5760 px strip passes)."""

_FORMATS = ('PNG', 'JPEG', 'BMP', 'WEBP')
_WIDE_GREY = ('I', 'I;16', 'I;16B', 'I;16L')


def list_images(directory: str | os.PathLike) -> list[Path]:
    """Return the picture files directly in a directory, sorted by name; hidden and other files are left out.

    Raises:
        DataError: the directory does not exist or cannot be read.
    """
    directory = Path(directory)
    if not directory.is_dir():
        found = 'is a file, not a directory' if directory.exists() else 'no such directory'
        raise DataError(f'{directory}: {found}')
    files = (p for p in directory.iterdir() if p.suffix.lower() in EXTENSIONS and not p.name.startswith('.'))
    return sorted((p for p in files if p.is_file()), key=lambda p: p.name)


def open_picture(path: str | os.PathLike) -> Image.Image:
    """Decode a picture file, upright (a camera's rotation mark is applied).

    Raises:
        DataError: missing, empty, no picture, truncated, damaged, or over ``MAX_PIXELS``.
    """
    path = Path(path)
    try:
        if path.stat().st_size == 0:
            raise DataError(f'{path}: empty file (0 bytes)')
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            with Image.open(path, formats=_FORMATS) as picture:
                _refuse_huge(path, *picture.size)
                picture.load()
                return ImageOps.exif_transpose(picture)
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError(f'{path}: no such file') from None
    except Image.DecompressionBombError:
        raise DataError(f'{path}: claims far more pixels than the {MAX_PIXELS:,} allowed') from None
    except Image.UnidentifiedImageError:
        raise DataError(f'{path}: not a picture (allowed: {", ".join(_FORMATS)})') from None
    except Exception as error:  # damaged files make the decoders raise nearly anything
        raise DataError(f'{path}: cannot be read ({_one_line(error)})') from None


def _refuse_huge(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise DataError(f'{path}: claims {width} x {height} pixels, more than the {MAX_PIXELS:,} allowed')


def _one_line(error: Exception) -> str:
    return ' '.join(f'{type(error).__name__} {error}'.split())


def _pixels(picture: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """Return uint8 RGB (H, W, 3), and alpha uint8 (H, W) where the picture has one."""
    if picture.mode in _WIDE_GREY:
        grey = np.asarray(picture).astype(np.int64)
        grey = np.clip(grey * 255 // 65535 if grey.max(initial=0) > 255 else grey, 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2), None
    if picture.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in picture.info:
        pixels = np.asarray(picture.convert('RGBA'))
        return pixels[:, :, :3], pixels[:, :, 3]
    return np.asarray(picture.convert('RGB')), None


def resize(pixels: np.ndarray, size: int) -> np.ndarray:
    """Scale (H, W, 3) to (size, size, 3): averaged over areas on the way down, bilinear on the way up."""
    if pixels.shape[:2] == (size, size):
        return pixels
    shrinks = pixels.shape[0] > size
    return cv2.resize(pixels, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def image_from(picture: Image.Image, size: int) -> np.ndarray:
    """Turn a square picture into (3, size, size), float32 in [0, 1]; what is transparent shows white."""
    rgb, alpha = _pixels(picture)
    pixels = rgb.astype(np.float32) / 255
    if alpha is not None:
        opacity = alpha[:, :, None].astype(np.float32) / 255
        pixels = pixels * opacity + (1 - opacity)
    return _channels_first(resize(pixels, size))


def color_from(picture: Image.Image, size: int) -> np.ndarray:
    """Turn a square colour map into (3, size, size), float32 in [0, 1].

    What is transparent takes the mean of the rest, so that a cut-out hair does not fade to white at its border.
    """
    rgb, alpha = _pixels(picture)
    pixels = rgb.astype(np.float32) / 255
    if alpha is not None and (alpha >= 128).any():
        pixels[alpha < 128] = pixels[alpha >= 128].mean(axis=0)
    return _channels_first(resize(pixels, size))


def _channels_first(pixels: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.clip(pixels, 0, 1).transpose(2, 0, 1), dtype=np.float32)


def classes_from(picture: Image.Image, source: object, size: int) -> tuple[np.ndarray, float]:
    """Turn a square label picture into class indexes uint8 (size, size) in 0..4, and its share of stray pixels.

    Colours, palette pictures, and grey pictures of class indexes (0 eye, 1 face, 2 hair, 3 other, 4 background: the
    order of a label's channels) are understood; below half opacity is background.

    Raises:
        DataError: too many stray pixels, or a grey picture that holds other values.
    """
    if _holds_indexes(picture):
        classes, stray = _classes_from_indexes(np.asarray(picture), source), 0.0
    else:
        rgb, alpha = _pixels(picture)
        if alpha is not None:
            rgb = np.where(alpha[:, :, None] < 128, np.uint8([255, 255, 0]), rgb)
        classes, stray = classes_from_rgb(rgb, source)
    if classes.shape != (size, size):
        classes = cv2.resize(classes, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
    return classes, stray


def _holds_indexes(picture: Image.Image) -> bool:
    """Tell whether the values are class indexes: a grey picture, or one whose palette says grey i for index i."""
    if picture.mode in ('1', 'L', *_WIDE_GREY):
        return True
    if picture.mode != 'P' or 'transparency' in picture.info:
        return False
    grey = np.asarray(picture.convert('RGB'))
    return bool((grey == np.asarray(picture)[:, :, None]).all())


def _classes_from_indexes(values: np.ndarray, source: object) -> np.ndarray:
    wrong = values > BACKGROUND if values.dtype != bool else np.ones_like(values)
    meaning = ', '.join(f'{i} {name}' for i, name in enumerate(NAMES))
    if wrong.any():
        y, x = (int(v) for v in np.argwhere(wrong)[0])
        raise DataError(f'{source}: a grey label holds class indexes ({meaning}), found {int(values[y, x])} at x={x}, '
                        f'y={y}')
    if not values.any():
        raise DataError(f'{source}: a grey label holds class indexes ({meaning}), found 0 everywhere: a blank file?')
    return values.astype(np.uint8)


def check_square(picture: Image.Image, source: object, what: str) -> None:
    """Raise DataError unless the picture is square; a strip is called by its name."""
    width, height = picture.size
    if width == height:
        return
    strip = {2: 'an image | label strip', 3: 'an image | label | color strip'}.get(width // height)
    looks = f', which looks like {strip}' if strip and width % height == 0 else ''
    raise DataError(f'{source}: a {what} has to be square, found {width} x {height}{looks}')


def split_strip(picture: Image.Image, source: object) -> Sequence[Image.Image]:
    """Cut ``image | label | color`` or ``image | label`` into its square panels (two or three).

    Raises:
        DataError: the width is neither three nor two times the height.
    """
    width, height = picture.size
    if width not in (2 * height, 3 * height):
        raise DataError(f'{source}: a strip image | label | color is 3 x as wide as high, image | label 2 x; found '
                        f'{width} x {height}')
    return [picture.crop((i * height, 0, (i + 1) * height, height)) for i in range(width // height)]
