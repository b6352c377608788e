"""Files that cannot be read: one line each, and no other exception."""
import struct
import zlib

import numpy as np
import pytest

from spade_anime.data.errors import DataError
from spade_anime.data.images import list_images, open_picture
from spade_anime.data.squares import open_square


def _chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def _claim(width, height):
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + _chunk(b'IHDR', header) + _chunk(b'IDAT', b'') + _chunk(b'IEND', b'')


@pytest.mark.parametrize('width, height', [(9000, 9000), (200000, 200000)])
def test_a_file_that_claims_to_be_huge(tmp_path, width, height):
    path = tmp_path / 'bomb.png'
    path.write_bytes(_claim(width, height))
    with pytest.raises(DataError, match='bomb.png: claims .*64,000,000 allowed$'):
        open_picture(path)


def test_unreadable_files(tmp_path, save, image_rgb):
    whole = save('whole.png', image_rgb).read_bytes()
    faults = {'empty.png': (b'', 'empty file'), 'text.png': (b'not a picture at all', 'not a picture'),
              'cut.png': (whole[:len(whole) // 2], 'truncated or damaged'), 'head.png': (whole[:20], '')}
    for name, (content, told) in faults.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError) as error:
            open_picture(tmp_path / name)
        assert name in str(error.value) and told in str(error.value) and '\n' not in str(error.value)
    with pytest.raises(DataError, match='gone.png: no such file'):
        open_picture(tmp_path / 'gone.png')
    with pytest.raises(DataError, match='cannot be read'):
        open_picture(tmp_path)


def test_damaged_files_raise_nothing_else(tmp_path, image_rgb, save):
    rng = np.random.default_rng(0)
    for name in ('a.png', 'a.jpg', 'a.bmp', 'a.webp'):
        whole = save(name, image_rgb).read_bytes()
        for _ in range(30):
            damaged = bytearray(whole[:rng.integers(1, len(whole) + 1)])
            for at in rng.integers(0, len(damaged), 4):
                damaged[at] = rng.integers(256)
            path = tmp_path / f'damaged{name[1:]}'
            path.write_bytes(damaged)
            try:
                open_picture(path)
            except DataError as error:
                assert str(path) in str(error) and '\n' not in str(error)


def test_not_square(save, image_rgb):
    with pytest.raises(DataError, match='wide.png: the label has to be square, found 40 x 30; .*--fit crop.*--fit pad'):
        open_square(save('wide.png', image_rgb[:30]), 'label')
    with pytest.raises(DataError, match='120 x 40, like an image . label . color strip'):
        open_square(save('strip.png', np.hstack([image_rgb] * 3)), 'label')


@pytest.mark.parametrize('name, told', [('link.png', 'a symbolic link that leads out'),
                                        ('a\nb.png', 'control characters')])
def test_a_listing_refuses_links_that_lead_out_and_names_that_break_a_line(tmp_path, save, image_rgb, name, told):
    inside = tmp_path / 'inside'
    inside.mkdir()
    outside = save('outside.png', image_rgb)
    (inside / name).symlink_to(outside) if name == 'link.png' else (inside / name).write_bytes(outside.read_bytes())
    with pytest.raises(DataError, match=told) as error:
        list_images(inside)
    assert '\n' not in str(error.value)


def test_a_link_within_is_followed(tmp_path, save, image_rgb):
    save('kept/a.png', image_rgb)
    (tmp_path / 'b.png').symlink_to('kept/a.png')
    assert [path.name for path in list_images(tmp_path)] == ['b.png']
