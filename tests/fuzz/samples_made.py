"""Whole files of every kind, as small as they can be."""
import functools
import io
import json
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from spade_anime.data.palette import FIVE

SIZE = 32
CLASSES = np.arange(SIZE)[:, None] * 5 // SIZE + np.zeros((1, SIZE), int)
COUNT = 4
HAIR = 'pink', 'blue', 'pink', 'blue'
DIMENSION = 6


def image() -> np.ndarray:
    """A picture (SIZE, SIZE, 3) uint8 of soft colours."""
    y, x = np.mgrid[:SIZE, :SIZE] * 255 // SIZE
    return np.dstack([y, x, 255 - y]).astype(np.uint8)


def strip() -> Image.Image:
    """image | label | color."""
    return Image.fromarray(np.hstack([image(), FIVE.array[CLASSES], np.full_like(image(), 90)]))


@functools.cache
def encoded(picture_of: str, kind: str, **options) -> bytes:
    """A picture in a file format: 'strip', 'image', 'label', or a mode of Pillow that the image is converted to."""
    pictures = {'strip': strip, 'image': lambda: Image.fromarray(image()),
                'label': lambda: Image.fromarray(FIVE.array[CLASSES])}
    picture = pictures[picture_of]() if picture_of in pictures else in_mode(picture_of)
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def in_mode(mode: str) -> Image.Image:
    """The strip in a mode of Pillow."""
    if mode == 'I;16':
        return Image.fromarray(np.asarray(strip().convert('L')).astype(np.uint16) * 257)
    if mode == 'PA':
        return strip().convert('RGBA').quantize(16).convert('PA')
    return strip().convert('L').convert(mode) if mode in ('LA', 'F', 'I') else strip().convert(mode)


def png(width: int, height: int, data: bytes = b'', depth: int = 8, color: int = 2) -> bytes:
    """A PNG file whose header claims a size, whatever its data are."""
    def chunk(kind, content):
        return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))
    header = struct.pack('>IIBBBBB', width, height, depth, color, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', zlib.compress(data)) + chunk(b'IEND', b'')


def npz(**arrays) -> bytes:
    """An npz file."""
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes."""
    return struct.pack(f'>4B{array.ndim}I', 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def metadata() -> bytes:
    """A metadata.jsonl with everything that a system reads."""
    rows = [{'file_name': f'{i}.png', 'hair': hair, 'caption': [f'{hair} hair {i}', f'a {hair} one, {i}'],
             'attributes': {'glasses': i % 2 == 0, 'smile': i < 2}} for i, hair in enumerate(HAIR)]
    return '\n'.join(map(json.dumps, rows)).encode()


def table() -> bytes:
    """A CSV file of attributes."""
    return b'file,glasses,smile\n' + b''.join(b'%d.png,%d,%d\n' % (i, i % 2, i < 2) for i in range(COUNT))


def embeddings() -> bytes:
    """A pickle of captions' embeddings."""
    return pickle.dumps([np.random.default_rng(i).normal(size=(2, DIMENSION)).astype('f4') for i in range(COUNT)], 2)


def write_pictures(directory: Path) -> Path:
    """The strips 0.png, 1.png, ... that the tables name."""
    for i in range(COUNT):
        (directory / f'{i}.png').write_bytes(encoded('strip', 'PNG'))
    return directory


def write_dataset(directory: Path) -> Path:
    """A data set that every system reads: strips, metadata.jsonl, and embeddings of captions."""
    write_pictures(directory)
    (directory / 'metadata.jsonl').write_bytes(metadata())
    (directory / 'filenames.pickle').write_bytes(pickle.dumps([str(i) for i in range(COUNT)], 2))
    (directory / 'class_info.pickle').write_bytes(pickle.dumps(list(range(COUNT)), 2))
    (directory / 'char-CNN-RNN-embeddings.pickle').write_bytes(embeddings())
    return directory


def write_mat(directory: Path) -> Path:
    """The three files of the SUN attribute database."""
    from scipy.io import savemat
    names = [[f'{i}.png'] for i in range(COUNT)]
    savemat(directory / 'images.mat', {'images': np.array(names, object)})
    savemat(directory / 'attributes.mat', {'attributes': np.array([['glasses'], ['smile']], object)})
    savemat(directory / 'attributeLabels_continuous.mat', {'labels_cv': np.eye(COUNT, 2)})
    return directory
