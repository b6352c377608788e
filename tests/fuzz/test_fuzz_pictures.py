"""Damaged, strange and hostile picture files, read as each of the things that a picture can be."""
import io
import zlib

import numpy as np
import pytest
from damages import damaged_files
from PIL import Image
from samples_made import encoded, in_mode, png
from watch import Case, check

from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.conditions.label_color.reading import read_color, read_label
from spade_anime.data import images
from spade_anime.data.checking import check_dataset
from spade_anime.data.described import read_image

SIZE = 16
FORMATS = {'PNG': 'png', 'JPEG': 'jpg', 'BMP': 'bmp', 'WEBP': 'webp', 'TIFF': 'tif', 'GIF': 'gif', 'AVIF': 'avif'}
MODES = {'1': 'PNG', 'L': 'PNG', 'LA': 'PNG', 'P': 'PNG', 'RGB': 'PNG', 'RGBA': 'PNG', 'I;16': 'PNG',
         'CMYK': 'JPEG'}
OTHER_FORMATS = {'F': 'TIFF', 'I': 'TIFF', 'PA': 'TIFF', 'CMYK': 'TIFF', 'RGB': 'GIF', 'YCbCr': 'TIFF', 'P': 'GIF'}
SIZES = (1, 1), (1, 2), (2, 1), (3, 1), (1, 3), (1, 5000), (5000, 1), (6, 2), (15000, 5000), (7, 7), (0, 0), (0, 5)


def readers(path):
    """What a picture file may be read as."""
    label = np.ones((4, SIZE, SIZE), np.float32)
    return {'image': lambda: read_image(path, SIZE), 'label': lambda: read_label(path, SIZE),
            'color': lambda: read_color(str(path), label, SIZE),
            'data set': lambda: check_dataset(open_dataset(path.parent, SIZE), workers=0)}


def written(name, reader):
    def write(directory, content):
        (directory / name).write_bytes(content)
        return readers(directory / name)[reader]
    return write


def damaged() -> list[Case]:
    """Every format and some modes, cut and flipped, read in turn as each thing."""
    kinds = list(MODES.items())
    kinds += [('strip', 'JPEG'), ('strip', 'BMP'), ('strip', 'WEBP'), ('label', 'PNG')]
    kinds += [('label', 'TIFF'), ('strip', 'TIFF'), ('label', 'GIF'), ('strip', 'GIF')]
    kinds += [('RGB', 'AVIF')] if 'AVIF' in images.FORMATS else []
    cases = []
    for i, (mode, file_format) in enumerate(kinds):
        reader = ('image', 'label', 'color', 'data set')[i % 4]
        cases += damaged_files(f'{mode} {file_format} as {reader}', encoded(mode, file_format),
                               written(f'a.{FORMATS[file_format]}', reader), seed=i)
    return cases


def whole() -> list[Case]:
    """Whole files in every mode, also under the name of another format, and of extreme sizes."""
    contents = {f'{mode} {kind}': encoded(mode, kind) for mode, kind in (*MODES.items(), *OTHER_FORMATS.items())}
    contents |= {f'{width} x {height}': png(width, height, b'\0' * (1 + 3 * width) * height)
                 for width, height in SIZES if width * height < 10 ** 6}
    contents |= {f'moving {kind}': moving(kind) for kind in ('PNG', 'WEBP', 'GIF')}
    contents |= {f'{color} and {depth} bits': png(8, 8, bytes(600), depth, color)
                 for color in (0, 2, 3, 4, 6, 7) for depth in (1, 2, 4, 8, 16, 32)}
    return [Case(f'{name} as {reader} in .{ending}', made(written(f'a.{ending}', reader), content))
            for name, content in contents.items() for reader in ('image', 'label', 'data set')
            for ending in ('png', 'jpg')]


def made(write, content):
    return lambda directory: write(directory, content)


def moving(kind):
    stream = io.BytesIO()
    frames = [in_mode('RGB').rotate(90 * i) for i in range(3)]
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:])
    return stream.getvalue()


def bombs() -> list[Case]:
    """Files that claim far more pixels than they may: a billion, more than there are, and somewhat too many."""
    sizes = (9000, 9000), (31623, 31623), (10 ** 9, 1), (1, 10 ** 9), (2 ** 31 - 1, 2 ** 31 - 1), (65535, 65535)
    contents = {f'{width} x {height}, {color}': png(width, height, b'', 8, color)
                for width, height in sizes for color in (0, 2, 3, 6)}
    contents['a billion pixels that are there'] = png(32768, 32768, b'', 1, 0)[:33] + one_bit_rows(32768)
    return [Case(f'{name} as {reader}', made(written('a.png', reader), content), told='claims')
            for name, content in contents.items() for reader in ('image', 'label', 'color', 'data set')]


def one_bit_rows(size):
    """IDAT and IEND of a black picture of so many pixels in width and height, one bit each."""
    packer, rows = zlib.compressobj(1), bytes((1 + size // 8) * 256)
    data = b''.join(packer.compress(rows) for _ in range(size // 256)) + packer.flush()
    chunks = ((b'IDAT', data), (b'IEND', b''))
    return b''.join(len(content).to_bytes(4, 'big') + kind + content + zlib.crc32(kind + content).to_bytes(4, 'big')
                    for kind, content in chunks)


TABLES = {'damaged': damaged, 'whole': whole, 'bombs': bombs}


@pytest.mark.parametrize('table', TABLES)
def test_pictures(table, tmp_path):
    check(TABLES[table](), tmp_path)


def test_whole_pictures_are_read(tmp_path):
    """The damaged files are not all refused for a reason that they share with the whole one."""
    Image.open(io.BytesIO(encoded('strip', 'PNG'))).save(tmp_path / 'a.png')
    assert readers(tmp_path / 'a.png')['image']().shape == (3, SIZE, SIZE)
    readers(tmp_path / 'a.png')['data set']()
