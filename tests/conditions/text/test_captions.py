"""Captions from metadata.jsonl: good ones and bad ones; every caption of every image."""
import json

import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.text.captions import EveryCaption, named_color, read_captions
from spade_anime.data.described import Described, DescribedImages
from spade_anime.data.errors import DataError
from spade_anime.data.splitting import Mirrored, image_count, split


@pytest.fixture
def told(tmp_path):
    """Write a picture and a row for each caption, and read them."""
    def read(*captions):
        rows = []
        for i, caption in enumerate(captions):
            Image.new('RGB', (8, 8), (40 * i, 0, 0)).save(tmp_path / f'{i}.png')
            rows.append(json.dumps({'file_name': f'{i}.png'} | ({} if caption is None else {'caption': caption})))
        (tmp_path / 'metadata.jsonl').write_text('\n'.join(rows))
        return read_captions(tmp_path)
    return read


def test_a_caption_is_a_text_or_several(told):
    pictures = told('red  hair ', ['blue hair', 'hair as blue as the sky'])
    assert [picture.captions for picture in pictures] == [('red hair',), ('blue hair', 'hair as blue as the sky')]
    assert pictures.names == ['0.png', '1.png'] and len({picture.group for picture in pictures}) == 2
    assert all(picture.embeddings is None for picture in pictures)


@pytest.mark.parametrize('caption, message', [
    (None, 'no "caption" in this row'),
    ([], 'no "caption" in this row'),
    (7, 'no "caption"'),
    ('  ', 'no caption; allowed is a text of 1 to 2000'),
    (['blue', 3], 'int is no caption'),
    ('x' * 2001, r'xxx\S+\.\.\. is no caption'),
])
def test_bad_captions_are_told_in_one_line(told, caption, message):
    with pytest.raises(DataError, match='metadata.jsonl, 1.png: .*' + message) as error:
        told('red', caption)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('name, content', [
    ('metadata.jsonl', '{"file_name": "0.png", "text": "red"}\n{"file_name": "1.png", "captions": ["blue", "sky"]}'),
    ('metadata.json', '{"1.png": {"text": ["blue", "sky"]}, "0.png": {"text": "red"}}'),
    ('metadata.csv', 'file_name;text\n1.png;blue\n0.png;red\n1.png;sky\n'),
])
def test_captions_as_people_write_them(told, tmp_path, name, content):
    told('x', 'y')
    (tmp_path / 'metadata.jsonl').unlink()
    (tmp_path / name).write_text(content, encoding='utf-16')
    assert {picture.name: picture.captions for picture in read_captions(tmp_path)} == {
        '0.png': ('red',), '1.png': ('blue', 'sky')}


@pytest.fixture
def images(tmp_path):
    """Three pictures with two, one and three vectors."""
    samples = []
    for i, count in enumerate((2, 1, 3)):
        Image.new('RGB', (8, 8), (100 * i, 0, 0)).save(tmp_path / f'{i}.png')
        samples.append(Described(tmp_path / f'{i}.png', np.array([[10 * i + k] for k in range(count)], np.float32)))
    return DescribedImages(samples, 8)


def test_every_caption_comes_with_its_image(images):
    captions = EveryCaption(images)
    assert [float(vector[0]) for _, vector in captions] == [0, 10, 20, 1, 21, 22]
    for image, vector in captions:
        np.testing.assert_allclose(image[0], (vector[0] // 10) * 100 / 127.5 - 1, atol=1e-5)


def test_copies_and_further_captions_are_no_further_images(images):
    assert image_count(Mirrored(EveryCaption(images))) == 3 and len(Mirrored(EveryCaption(images))) == 12


def test_all_captions_of_an_image_are_on_one_side(told):
    pictures = told(*(['one', 'two'] for _ in range(10)))
    training, validation = split(pictures)
    assert not {picture.name for picture in training[:]} & {picture.name for picture in validation[:]}
    assert len(training) == 9


@pytest.mark.parametrize('text, color', [
    ('a person with short Red hair, bangs', 'red'), ('silver, and no black', 'silver'), ('coloured hair', None),
])
def test_first_color_named(text, color):
    assert named_color(text) == color
