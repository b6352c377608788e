"""IDX files, as MNIST and Fashion-MNIST are published: a header, then bytes; plain or compressed by gzip."""
import gzip
import math
import re
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from chainer.dataset import DatasetMixin
from PIL import Image

from spade_anime.data.described import first_or_middle_square
from spade_anime.data.errors import DataError
from spade_anime.data.images import confined, entries, image_from
from spade_anime.data.splitting import split
from spade_anime.files import file_fault

MAX_BYTES = 2 ** 30
UNSIGNED_BYTES = 0x08
GZIP_MAGIC = b'\x1f\x8b'
TRAINING, TEST = 'train', 't10k|test'


def read_idx(path: Path, dimensions: int) -> np.ndarray:
    """Read an IDX file of unsigned bytes with so many dimensions: uint8, of the shape that the header tells.

    No more is read than the header announces, at most ``MAX_BYTES``.

    Raises:
        DataError: missing, not IDX, other types or dimensions, too large, shorter or longer than announced.
    """
    if fault := file_fault(path):
        raise DataError(f'{path}: {fault}')
    try:
        with open(path, 'rb') as file:
            compressed = file.read(2) == GZIP_MAGIC
        with (gzip.open if compressed else open)(path, 'rb') as file:
            shape = _shape(path, file.read(4 + 4 * dimensions), dimensions)
            values = file.read(math.prod(shape) + 1)
    except FileNotFoundError:
        raise DataError(f'{path}: no such file') from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f'{path}: cannot be read, truncated or damaged ({error})') from None
    if len(values) != math.prod(shape):
        found = 'more' if len(values) > math.prod(shape) else f'only {len(values)}'
        raise DataError(f'{path}: the header announces {" x ".join(map(str, shape))} bytes, found {found}')
    return np.frombuffer(values, np.uint8).reshape(shape)


def _shape(path: Path, header: bytes, dimensions: int) -> tuple[int, ...]:
    expected = bytes((0, 0, UNSIGNED_BYTES, dimensions))
    if header[:4] != expected:
        raise DataError(f'{path}: starts with {header[:4].hex(" ") or "nothing"}; an IDX file of bytes in {dimensions} '
                        f'dimensions starts with {expected.hex(" ")}')
    if len(header) < 4 + 4 * dimensions:
        raise DataError(f'{path}: the header is truncated')
    shape = struct.unpack(f'>{dimensions}I', header[4:])
    if not 0 < math.prod(shape) <= MAX_BYTES:
        raise DataError(f'{path}: the header announces {" x ".join(map(str, shape))} bytes; from 1 to {MAX_BYTES:,} '
                        'are allowed')
    return shape


class IdxFiles(NamedTuple):
    """Pairs of files, images and labels, for training and, where there are any, for testing."""

    directory: Path
    training: tuple[Path, Path]
    test: tuple[Path, Path] | None

    @property
    def source(self) -> str:
        """What tells the class."""
        return f'label in {self.training[1].name}'

    @property
    def labels(self) -> list[str]:
        """Class of each training image. Raises DataError."""
        return read_labels(self.training[1])

    def open(self, image_size: int, vectors: dict[str, np.ndarray], seed: int, _workers: int | None) -> tuple:
        """Training and validation part. Raises DataError."""
        training = IdxImages(*self.training, image_size, vectors)
        return (training, IdxImages(*self.test, image_size, vectors)) if self.test else split(training, seed=seed)


def find_idx(directory: Path) -> IdxFiles | None:
    """The IDX files of a directory, ``train-images-idx3-ubyte`` and so on, perhaps with .gz; None without them.

    Raises DataError where there are several sets, or no labels for one.
    """
    training = _find_pair(directory, TRAINING)
    return training and IdxFiles(directory, training, _find_pair(directory, TEST))


def _find_pair(directory: Path, part: str) -> tuple[Path, Path] | None:
    pattern = rf'((?:.*[-_])?(?:{part}))-images([-.])idx3-ubyte(?:\.gz)?'
    # Of a plain and a compressed file the plain one, which comes later, counts.
    names = sorted((path.name for path in entries(directory)), reverse=True)
    found = {match[1]: match for match in (re.fullmatch(pattern, name) for name in names) if match}
    if len(found) > 1:
        raise DataError(f'{directory}: {len(found)} sets of IDX files ({", ".join(sorted(found))}); one is allowed')
    for prefix, match in found.items():
        labels = directory / f'{prefix}-labels{match[2]}idx1-ubyte'
        candidates = [path for path in (labels, labels.with_name(f'{labels.name}.gz')) if path.is_file()]
        if not candidates:
            raise DataError(f'{directory / match[0]}: no labels beside it; expected {labels.name}, plain or .gz')
        images, labels = confined([directory / match[0], candidates[0]], directory)
        return images, labels
    return None


class IdxImages(DatasetMixin):
    """Samples ``(image, vector)`` of a pair of IDX files: image (3, S, S) float32 in [-1, 1], grey in all channels.

    Args:
        images: file of (N, H, W) grey values.
        labels: file of N labels.
        image_size: S in pixels.
        vectors: vector of each label, by its name.
    """

    def __init__(self, images: Path, labels: Path, image_size: int, vectors: dict[str, np.ndarray]):
        self.labels = read_labels(labels)
        self.pixels = read_idx(images, 3)
        if len(self.labels) != len(self.pixels):
            raise DataError(f'{labels}: {len(self.labels)} labels for the {len(self.pixels)} images of {images.name}')
        if unknown := sorted(set(self.labels) - set(vectors)):
            raise DataError(f'{labels}: no such class {", ".join(unknown)}; allowed are {", ".join(vectors)}')
        self.image_size, self.vectors = image_size, vectors

    def __len__(self) -> int:
        return len(self.labels)

    def get_example(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Scale sample i."""
        picture = first_or_middle_square(Image.fromarray(self.pixels[i]))
        return image_from(picture, None, self.image_size) * 2 - 1, self.vectors[self.labels[i]]


def read_labels(path: Path) -> list[str]:
    """Names of the labels in a file: '0', '1', ... Raises DataError."""
    return [str(label) for label in read_idx(path, 1)]
