"""Reads picture files of every kind that annotation tools save; each that fails gives one clear line."""
import os
import warnings
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from PIL import Image, ImageOps, features

from spade_anime.data.errors import DataError
from spade_anime.data.profiles import in_srgb, rgb_of
from spade_anime.files import file_fault, leads_out, on_disk, one_line

# Threads of OpenCV do not survive a fork: a worker process would wait for them for ever. They would also only take
# cores from training, as workers decode images side by side.
cv2.setNumThreads(1)
# Pillow reads AVIF from version 11.3 on, where it was built with its library.
_AVIF = 'avif' in features.modules and features.check('avif')
EXTENSIONS = ('.png', '.jpg', '.jpeg', '.jfif', '.bmp', '.webp', '.tif', '.tiff', '.gif', *(['.avif'] if _AVIF else []))
"""Of the files that are read as pictures, in lower case. Of one that moves or has pages, the first counts."""
FORMATS = ('PNG', 'JPEG', 'BMP', 'WEBP', 'TIFF', 'GIF', *(['AVIF'] if _AVIF else []))
SYSTEM_FILES = ('__macosx', '@eadir', '$recycle.bin', 'thumbs.db', 'ehthumbs.db', 'desktop.ini')
"""What systems leave in folders, in lower case, besides files whose names begin with a dot."""
MAX_PIXELS = 64_000_000
"""Files that claim more pixels are refused before they are decoded. A strip of three 4096 px panels is accepted."""

WIDE_GREY = ('I', 'I;16', 'I;16B', 'I;16L')
"""Pillow's modes of 16-bit grey."""


def list_images(directory: str | os.PathLike, deep: bool = False,
                within: str | os.PathLike | None = None) -> list[Path]:
    """Return the picture files in a directory, sorted by name; hidden and other files are left out.

    ``deep``: those in its folders as well. ``within``: directory of the data set, which links may not lead out of;
    None: the same directory.

    Raises:
        DataError: the directory does not exist or cannot be read, or has pictures that ``confined`` refuses.
    """
    within = directory if within is None else within
    return confined([path for path in files_in(directory, deep, within) if path.suffix.lower() in EXTENSIONS], within)


def files_in(directory: str | os.PathLike, deep: bool = False,
             within: str | os.PathLike | None = None) -> list[Path]:
    """Return the files in a directory, sorted by name, without hidden and system files; else as ``list_images``.

    Raises:
        DataError: a directory does not exist or cannot be read, or is a link that ``confined`` refuses.
    """
    found: list[Path] = []
    folders, seen = [Path(directory)], set()
    while folders:
        folder = folders.pop()
        if (place := os.path.realpath(folder)) in seen:  # links may form a loop
            continue
        seen.add(place)
        inner = [path for path in entries(folder) if visible(path.name)]
        found += [path for path in inner if path.is_file()]
        if deep:
            folders += confined([path for path in inner if path.is_dir()], directory if within is None else within)
    return sorted(found, key=lambda path: path.parts)


def visible(name: str) -> bool:
    """Whether a name is of a file or folder that people made: not hidden, and none of ``SYSTEM_FILES``."""
    return not name.startswith('.') and name.lower() not in SYSTEM_FILES


def confined(paths: list[Path], directory: str | os.PathLike) -> list[Path]:
    """Return the paths, of which none may lead out of the directory: a data set may come from anyone.

    Raises:
        DataError: a symbolic link that leads out, or a name with a line break or another control character.
    """
    for path in paths:
        if not one_line(path.name):
            raise DataError(f'{directory}: {path.name!r} has control characters; allowed are names without')
        if path.is_symlink() and leads_out(path, directory):
            raise DataError(f'{path}: a symbolic link that leads out of {directory}; allowed are files in it, or '
                            '--follow_links, where you trust whoever made the links')
    return paths


def entries(directory: str | os.PathLike) -> list[Path]:
    """Return what lies directly in a directory, sorted by name.

    Raises:
        DataError: the directory does not exist or cannot be read.
    """
    directory = Path(directory)
    try:
        return sorted(directory.iterdir(), key=lambda path: path.name)
    except FileNotFoundError:
        raise DataError(f'{directory}: no such directory') from None
    except OSError as error:
        raise DataError(f'{directory}: cannot be read as a directory ({error.strerror})') from None


def open_picture(path: str | os.PathLike) -> Image.Image:
    """Decode a picture file, turned upright where a camera left a rotation mark.

    Raises:
        DataError: missing, empty, no picture, truncated, damaged, or of more than ``MAX_PIXELS``.
    """
    path = on_disk(path)
    if fault := file_fault(path):
        raise DataError(f'{path}: {fault}')
    try:
        if path.stat().st_size == 0:
            raise DataError(f'{path}: empty file (0 bytes)')
        return decoded(path, path)
    except FileNotFoundError:
        raise DataError(f'{path}: no such file') from None
    except OSError as error:
        raise _damaged(path, error) from None


def decoded(file: str | os.PathLike | IO[bytes], source: object) -> Image.Image:
    """As ``open_picture``, of a file that is there, or that is open; ``source``: what messages call it.

    Raises DataError, FileNotFoundError.
    """
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures; whether one is too large is decided below.
            warnings.simplefilter('ignore')
            with Image.open(file, formats=FORMATS) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise DataError(
                        f'{source}: claims {width} x {height} pixels, more than the {MAX_PIXELS:,} allowed')
                picture.load()
                if picture.mode == 'F':  # whether white is 1 or 255 is not known
                    raise Image.UnidentifiedImageError
                return ImageOps.exif_transpose(picture)
    except (DataError, FileNotFoundError):
        raise
    except Image.DecompressionBombError:
        raise DataError(f'{source}: claims far more pixels than the {MAX_PIXELS:,} allowed') from None
    except Image.UnidentifiedImageError:
        raise DataError(f'{source}: not a picture of a kind that is read (allowed are {", ".join(FORMATS)}, of 8 or 16 '
                        'bits a channel)') from None
    except Exception as error:  # a damaged file makes decoders raise nearly anything
        raise _damaged(source, error) from None


def _damaged(source: object, error: Exception) -> DataError:
    reason = ' '.join(f'{type(error).__name__}: {error}'.split())
    return DataError(f'{source}: cannot be read, truncated or damaged ({reason})')


def as_picture(value: object, what: str) -> tuple[Image.Image, object]:
    """A picture given as a path, a picture of Pillow, or an array; and what messages call it, its path or ``what``.

    Arrays are uint8: (H, W) class indexes or grey, or (H, W, 3) colours. Raises DataError.
    """
    if isinstance(value, str | os.PathLike):
        return open_picture(value), value
    if isinstance(value, Image.Image):
        return value, what
    if not isinstance(value, np.ndarray):
        raise DataError(f'{what}: {type(value).__name__}; allowed are a path, a picture of Pillow, and a uint8 array')
    if value.dtype != np.uint8 or value.ndim not in (2, 3) or value.shape[2:] not in ((), (3,)) or not value.size:
        raise DataError(f'{what}: an array {value.shape} of {value.dtype}; allowed are (H, W) and (H, W, 3) of uint8')
    return Image.fromarray(value), what


def pixels(picture: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    """A picture of any mode as sRGB uint8 (H, W, 3), by its embedded profile, and its alpha uint8 (H, W) or None."""
    if picture.mode in WIDE_GREY:
        grey = np.asarray(picture).astype(np.int64).clip(0, 65535) * 255 // 65535
        return np.repeat(grey[:, :, None].astype(np.uint8), 3, axis=2), None
    if 'transparency' in picture.info or picture.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La'):
        rgba = np.asarray(picture.convert('RGBA'))
        return in_srgb(rgba[:, :, :3], picture), rgba[:, :, 3]
    return rgb_of(picture), None


def image_from(picture: Image.Image, _source: object, size: int) -> np.ndarray:
    """Turn a square picture into (3, size, size), float32 in [0, 1]; what is transparent shows white."""
    rgb, alpha = pixels(picture)
    if alpha is not None:
        opacity = alpha[:, :, None].astype(np.float32) / 255
        rgb = rgb * opacity + 255 * (1 - opacity)
    return planes(rgb, size)


def color_from(picture: Image.Image, _source: object, size: int, fill: bool = True) -> np.ndarray:
    """Turn a square colour map into (3, size, size), float32 in [0, 1].

    What is transparent takes the mean of the rest, ``fill``: a cut-out hair does not fade to white at its border; or
    is black.
    """
    rgb, alpha = pixels(picture)
    if alpha is not None and (alpha >= 128).any():
        seen = alpha[:, :, None] >= 128
        rgb = np.where(seen, rgb, rgb[seen[:, :, 0]].mean(axis=0) if fill else 0)
    return planes(rgb, size)


def planes(rgb: np.ndarray, size: int) -> np.ndarray:
    """Scale (H, W, C) in 0..255 to (C, size, size) in [0, 1]: areas averaged to shrink, linear to grow."""
    rgb = rgb.astype(np.float32)
    if rgb.shape[0] != size:
        method = cv2.INTER_AREA if rgb.shape[0] > size else cv2.INTER_LINEAR
        rgb = cv2.resize(rgb, (size, size), interpolation=method).reshape(size, size, -1)
    return np.ascontiguousarray(np.clip(rgb / 255, 0, 1).transpose(2, 0, 1))
