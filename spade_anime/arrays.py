"""Reads npz files that may come from anyone: no array is allocated that the file is too small to hold."""
import math
import os
import zipfile
from pathlib import Path

import numpy
from numpy.lib import format as npy

from spade_anime.errors import InputError
from spade_anime.files import file_fault

MAX_RATIO, FREE_BYTES = 100, 2 ** 26
"""Arrays may take up to ``MAX_RATIO`` times the bytes of their file, or ``FREE_BYTES``. Weights hardly compress."""
COMPRESSIONS = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
KINDS = 'biufSU'
"""NumPy's kinds of numbers and strings. Objects are excluded: they are pickles, which can run any code."""
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_npz(path: str | os.PathLike, error: type[InputError] = InputError) -> dict[str, numpy.ndarray]:
    """Arrays of an npz file by their names, plain or compressed: numbers or texts of any shape.

    Raises:
        error: one line: no such file, no npz file, damaged, cut short, arrays of objects, or ones that claim to be
            larger than what the file can hold.
    """
    if fault := file_fault(path):
        raise error(f'{path}: {fault}')
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(archive, Path(path).stat().st_size)
            return {info.filename.removesuffix('.npy'): _array(archive, info) for info in archive.infolist()}
    except FileNotFoundError:
        raise error(f'{path}: no such file') from None
    except Exception as fault:  # a damaged file makes zipfile and NumPy raise nearly anything
        reason = ascii(' '.join(str(fault).split()))[1:-1] or type(fault).__name__
        raise error(f'{path}: not an npz file of arrays ({reason[:200]})') from None


def _check_size(archive: zipfile.ZipFile, size: int) -> None:
    total, most = sum(info.file_size for info in archive.infolist()), max(MAX_RATIO * size, FREE_BYTES)
    if total > most:
        raise ValueError(f'it claims to hold {total:,} bytes, of which {most:,} are allowed in a file of {size:,}')
    if any(info.compress_type not in COMPRESSIONS for info in archive.infolist()):
        raise ValueError('its compression is not one that NumPy uses')


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> numpy.ndarray:
    with archive.open(info) as file:
        version = npy.read_magic(file)
        if version not in HEADERS:
            raise ValueError(f'{info.filename} is in version {version} of the format')
        shape, _, dtype = HEADERS[version](file)
        if dtype.kind not in KINDS or min(shape, default=0) < 0 or not dtype.itemsize and math.prod(shape) > 1:
            raise ValueError(f'{info.filename} is an array of {dtype} and shape {shape}')
        announced, found = math.prod(shape) * dtype.itemsize, info.file_size - file.tell()
        if announced != found:
            raise ValueError(f'{info.filename} announces {announced:,} bytes of values, found {found:,}')
    with archive.open(info) as file:
        return npy.read_array(file, allow_pickle=False)
