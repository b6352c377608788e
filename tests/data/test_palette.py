"""The classes of labels, and palette.json: what it means, and one line for what is wrong with it."""
import json
from pathlib import Path

import numpy as np
import pytest

from spade_anime.data.errors import DataError
from spade_anime.data.palette import BACKGROUND, FIVE, HAIR, palette_of, read_palette

SKY = {'name': 'sky', 'color': '#80c0ff', 'index': 7}
SEA = {'name': 'sea', 'color': [0, 64, 128], 'index': 3}
BACK = {'name': 'background', 'color': '#000000', 'index': 0}


@pytest.fixture
def written(tmp_path):
    def write(values):
        path = tmp_path / 'palette.json'
        path.write_text(values if isinstance(values, str) else json.dumps(values))
        return path
    return write


def test_the_five_are_the_lineages():
    assert FIVE.names == ('eye', 'face', 'hair', 'other', 'background')
    assert FIVE.array.tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255], [255, 255, 0]]
    assert (FIVE.background, FIVE.hair, FIVE.channels, FIVE.hair_channel) == (BACKGROUND, HAIR, 4, HAIR)


def test_a_label_of_the_five_and_back(classes):
    label = FIVE.one_hot(classes)
    assert label.shape == (4, 40, 40) and label.dtype == np.float32
    assert [label[:, y, x].tolist() for y, x in ((17, 12), (25, 10), (5, 10), (38, 10), (0, 0))] == [
        [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    np.testing.assert_array_equal(FIVE.to_rgb(label), FIVE.array[classes])
    np.testing.assert_array_equal(FIVE.hair_in(label), classes == HAIR)


def test_classes_in_their_order(written):
    palette = read_palette(written({'classes': [SKY, BACK, SEA], 'hair': 'sea'}))
    assert palette.names == ('sky', 'background', 'sea') and palette.indexes == (7, 0, 3)
    assert palette.colors == ((128, 192, 255), (0, 0, 0), (0, 64, 128))
    assert (palette.background, palette.hair, palette.hair_channel) == (1, 2, 1)
    assert palette.foreground == (0, 2) and palette.channels == 2
    assert palette.text() == 'sky (128, 192, 255), background (0, 0, 0), sea (0, 64, 128)'


def test_the_five_are_the_default_in_every_field():
    classes = [{'name': name, 'color': color} for name, color in zip(FIVE.names, map(list, FIVE.colors))]
    assert palette_of({'classes': classes}) == FIVE == palette_of(FIVE.values())
    assert palette_of({'classes': classes, 'hair': None}).hair is None
    assert palette_of({'classes': classes, 'hair': 'other'}).hair == 3


def test_what_is_stored_reads_back(written):
    palette = palette_of({'classes': [SKY, BACK, SEA]})
    assert palette.hair is None is palette.hair_channel and read_palette(written(palette.values())) == palette


def test_labels_and_back():
    palette = palette_of({'classes': [SKY, BACK, SEA]})
    classes = np.array([[0, 1], [2, 1]], np.uint8)
    label = palette.one_hot(classes)
    assert label.dtype == np.float32 and label.tolist() == [[[1, 0], [0, 0]], [[0, 0], [1, 0]]]
    np.testing.assert_array_equal(palette.classes(label), classes)
    assert palette.classes(label).dtype == np.uint8
    assert not palette.hair_in(label).any() and palette.hair_in(label).shape == (2, 2)
    assert palette.to_rgb(label).tolist() == [[[128, 192, 255], [0, 0, 0]], [[0, 64, 128], [0, 0, 0]]]


def test_classes_are_the_same_whatever_their_colours():
    one, two = (palette_of({'classes': [{**SKY, 'index': index, 'color': color}, BACK]})
                for index, color in ((7, '#ffffff'), (8, '#eeeeee')))
    assert one != two and one.same_classes(two)
    assert not one.same_classes(palette_of({'classes': [BACK, SKY]}))
    assert not one.same_classes(palette_of({'classes': [SKY, BACK], 'hair': 'sky'}))


@pytest.mark.parametrize('values, words', [
    ('{', ['not a palette']),
    ([1], ['a palette is [1]', 'classes, background, hair']),
    ({'classes': [SKY, BACK], 'colour': 1}, ["the key 'colour'", 'classes, background, hair']),
    ({'classes': [SKY, {**BACK, 'id': 1}]}, ["class 1 has the key 'id'", 'name, color, index']),
    ({'classes': [BACK]}, ['1 of them', '2 to 64']),
    ({'classes': [{**SKY, 'name': f'{k}'} for k in range(65)]}, ['65 of them', '2 to 64']),
    ({'classes': {}}, ['classes: {}']),
    ({'classes': [SKY, 'background']}, ["class 1 is 'background'"]),
    ({'classes': [BACK, {**SKY, 'name': 'a\nb'}]}, [r"class 1: its name is 'a\nb'"]),
    ({'classes': [BACK, {'color': '#000000'}]}, ['class 1: its name is None']),
    ({'classes': [BACK, {**SKY, 'color': 'blue'}]}, ["class sky: its color is 'blue'", '#rrggbb']),
    ({'classes': [BACK, {**SKY, 'color': [1, 2, 256]}]}, ['class sky: its color is [1, 2, 256]']),
    ({'classes': [BACK, {**SKY, 'index': -1}]}, ['class sky: its index is -1', '0 to 65535']),
    ({'classes': [BACK, {**SKY, 'index': True}]}, ['class sky: its index is True']),
    ({'classes': [BACK, SKY, {**SEA, 'name': 'sky'}]}, ['1 sky and 2 sky have the same name']),
    ({'classes': [BACK, SKY, {**SEA, 'color': [128, 192, 255]}]}, ['1 sky and 2 sea have the same color']),
    ({'classes': [BACK, SKY, {**SEA, 'index': 0}]}, ['0 background and 2 sea have the same index 0']),
    ({'classes': [SKY, SEA]}, ["background: no class is named 'background'", 'sky, sea']),
    ({'classes': [SKY, BACK], 'background': 'bg'}, ["background: no class is named 'bg'"]),
    ({'classes': [SKY, BACK], 'hair': 'wig'}, ["hair: no class is named 'wig'"]),
    ({'classes': [SKY, BACK], 'hair': ['sky']}, ["hair: no class is named ['sky']"]),
    ({'classes': [SKY, BACK], 'hair': 'background'}, ["hair: 'background' is the background too"]),
])
def test_faults_are_one_line(written, values, words):
    path = written(values)
    with pytest.raises(DataError) as caught:
        read_palette(path)
    message = str(caught.value)
    assert message.startswith(f'{path}: ') and '\n' not in message and all(word in message for word in words), message


def test_a_directory_and_no_file(tmp_path):
    with pytest.raises(DataError, match='it is a directory'):
        read_palette(tmp_path)
    with pytest.raises(DataError, match='palette.json: '):
        read_palette(tmp_path / 'palette.json')


@pytest.mark.parametrize('page', ['README.md', 'docs/painting.md'])
def test_the_examples_of_the_pages_are_palettes(page):
    text = (Path(__file__).parents[2] / page).read_text()
    start = text.index('{"classes"')
    values, _ = json.JSONDecoder().raw_decode(text[start:])
    assert palette_of(values).hair is not None
