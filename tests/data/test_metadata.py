import json
import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

from spade_anime.data.described import Described, DescribedImages, read_image
from spade_anime.data.errors import DataError
from spade_anime.data.metadata import picture_in, read_metadata
from spade_anime.files import following_links


@pytest.fixture
def directory(tmp_path):
    inside = tmp_path / 'inside'
    inside.mkdir()
    for path in (inside / 'a.png', tmp_path / 'outside.png'):
        Image.new('RGB', (8, 8), 'red').save(path)
    (inside / 'loop.png').symlink_to('loop.png')
    (inside / 'link.png').symlink_to('../outside.png')
    os.mkfifo(inside / 'pipe.png')
    return inside


def write(directory, *lines):
    (directory / 'metadata.jsonl').write_text('\n'.join(lines))


def test_rows_keep_what_they_tell_and_get_a_path(directory):
    write(directory, json.dumps({'file_name': 'a.png', 'hair': 'pink'}), '')
    assert read_metadata(directory) == [{'file_name': 'a.png', 'hair': 'pink', 'path': directory / 'a.png'}]


@pytest.mark.parametrize('line, told', [
    ('{', 'line 2: not JSON'), ('[]', 'line 2: no "file_name"'), ('{"file_name": 3}', 'no "file_name"'),
    ('{"file_name": "b.png"}', 'no such file'), ('{"file_name": "../outside.png"}', 'lies outside'),
    ('{"file_name": "/etc/passwd"}', 'lies outside'), ('{"file_name": "metadata.jsonl"}', 'not a picture'),
    ('[' * 100_000, 'line 2'), ('{"file_name": "a\\u0000.png"}', 'not a file name'),
    ('{"file_name": "a\\nb.png"}', 'not a file name'), ('{"file_name": "\\ud800.png"}', 'not a file name'),
    (json.dumps({'file_name': f'{"a" * 5000}.png'}), 'File name too long'),
    ('{"file_name": "loop.png"}', 'cannot be read'), ('{"file_name": "pipe.png"}', 'a pipe or a device'),
    ('{"file_name": "link.png"}', 'lies outside'),
])
def test_bad_rows_are_told_by_line(directory, line, told):
    write(directory, json.dumps({'file_name': 'a.png'}), line)
    with pytest.raises(DataError, match=told) as error:
        read_metadata(directory)
    assert str(error.value).count('\n') == 0


def test_links_are_followed_where_they_may_and_other_ways_out_are_not(directory):
    with following_links():
        assert picture_in(directory, 'link.png') == directory / 'link.png'
        for name in ('../outside.png', str(directory.parent / 'outside.png')):
            with pytest.raises(DataError, match='lies outside'):
                picture_in(directory, name)


@pytest.mark.parametrize('form, other', [('NFC', 'NFD'), ('NFD', 'NFC')])
def test_a_name_in_the_other_normal_form_is_found(directory, form, other):
    there, named = (unicodedata.normalize(kind, 'Åsa.png') for kind in (form, other))
    os.rename(directory / 'a.png', directory / there)
    assert picture_in(directory, named) == picture_in(directory, named[:-4]) == directory / there


@pytest.mark.parametrize('name, found', [
    ('a', 'a.png'), ('a.jpg', 'a.png'), ('./a.png', 'a.png'), ('in\\b.webp', 'in/b.bmp'), ('in\\b', 'in/b.bmp'),
    ('v1.5', 'v1.5.png')])
def test_names_may_lack_what_the_file_has(directory, name, found):
    (directory / 'in').mkdir()
    for path in ('in/b.bmp', 'v1.5.png'):
        Image.new('RGB', (8, 8)).save(directory / path)
    assert picture_in(directory, name) == directory / found


@pytest.mark.parametrize('name, told', [
    ('..\\outside.png', 'lies outside'), ('..\\outside', 'lies outside'), ('link', 'no such file'), ('pipe', 'no such'),
    ('two', 'two.png and two.jpg are there; allowed is one')])
def test_names_that_lack_too_much_are_refused(directory, name, told):
    for path in ('two.png', 'two.jpg'):
        Image.new('RGB', (8, 8)).save(directory / path)
    with pytest.raises(DataError, match=told):
        picture_in(directory, name)


@pytest.mark.parametrize('content', [b'', b'\xff\xfe\x00'])
def test_files_without_rows_are_refused(directory, content):
    (directory / 'metadata.jsonl').write_bytes(content)
    with pytest.raises(DataError, match='metadata.jsonl'):
        read_metadata(directory)


def test_missing_metadata_tells_the_form(tmp_path):
    with pytest.raises(DataError, match='file_name'):
        read_metadata(tmp_path)


@pytest.mark.parametrize('size, square', [
    ((30, 10), (0, 10)), ((20, 10), (0, 10)), ((16, 10), (3, 13)), ((10, 10), (0, 10))])
def test_images_are_cut_square(tmp_path, size, square):
    columns = np.zeros((10, size[0], 3), np.uint8)
    columns[:, square[0]:square[1]] = 255
    Image.fromarray(columns).save(tmp_path / 'x.png')
    assert (read_image(tmp_path / 'x.png', 10) == 1).all()


def test_described_images_give_image_and_vector(directory):
    vector = np.ones(3, np.float32)
    dataset = DescribedImages([Described(directory / 'a.png', vector)], 4)
    image, told = dataset[0]
    assert image.shape == (3, 4, 4) and image[0].min() == 1 and image[1].max() == -1
    assert told is vector and dataset.names == ['a.png']
