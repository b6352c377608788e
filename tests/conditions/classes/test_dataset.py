import json

import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.classes.dataset import MAX_CLASSES, class_counts, find_classes, open_classes
from spade_anime.data.errors import DataError


@pytest.fixture
def described(tmp_path, save):
    """Write pictures, and a metadata.jsonl with a row for each."""
    def write(*rows):
        lines = []
        for i, row in enumerate(rows):
            save(f'{i}.png', np.full((8, 8, 3), 20 * i, np.uint8))
            lines.append(json.dumps({'file_name': f'{i}.png', **row}))
        (tmp_path / 'metadata.jsonl').write_text('\n'.join(lines))
        return tmp_path
    return write


def opened(directory, key='', class_names=(), size=8):
    found = find_classes(directory, key)
    return open_classes(found, size, class_names or tuple(class_counts(found)), workers=0)


def samples(parts):
    """Class index of each image's brightness 0..255."""
    return {round(float(image.mean() + 1) * 127.5): int(vector.argmax()) for part in parts for image, vector in part}


def test_classes_of_metadata(described):
    directory = described({'hair': 'red'}, {'hair': 'blue'}, {'hair': 'red'})
    found = find_classes(directory, 'hair')
    assert class_counts(found) == {'blue': 1, 'red': 2} and found.source == 'hair in metadata.jsonl'
    parts = opened(directory, 'hair')
    assert [len(part) for part in parts] == [2, 1]
    assert samples(parts) == {0: 1, 20: 0, 40: 1}
    image, vector = parts[0][0]
    assert image.shape == (3, 8, 8) and vector.dtype == np.float32 and vector.sum() == 1


def test_folders_of_classes_without_what_systems_leave(tmp_path, save, image_rgb):
    for name in ('pink/a.tif', 'pink/deep/b.gif', 'blue/c.jfif', 'blue/._c.png', '__MACOSX/pink/d.png', '.git/e.png'):
        save(name, image_rgb, **({'format': 'JPEG'} if name.endswith('jfif') else {}))
    assert class_counts(find_classes(tmp_path)) == {'blue': 1, 'pink': 2}


@pytest.mark.parametrize('values, names', [
    ([10, 9, 1.5], ['1.5', '9', '10']),
    ([True, False], ['false', 'true']),
    (['b 10', 'b  9', 'a'], ['a', 'b 9', 'b 10']),
])
def test_values_become_names_in_natural_order(described, values, names):
    assert list(class_counts(find_classes(described(*({'x': value} for value in values)), 'x'))) == names


@pytest.mark.parametrize('rows, key, told', [
    ([{'hair': 'red', 'age': 3, 'tags': ['a']}], '', '--label_key is missing; there are age, hair'),
    ([{'hair': 'red', 'age': 3, 'tags': ['a']}], 'hairs', '--label_key hairs: no such key; there are age, hair'),
    ([{'hair': 'red', 'age': 3, 'tags': ['a']}], 'tags', 'there are age, hair'),
    ([{'hair': 'red'}], 'path', 'there are hair'),
    ([{'tags': {}}], 'hair', 'none with a string, number or boolean'),
    ([{'hair': 'red'}, {'hair': None}, {}], 'hair', 'in 2 rows, the first that of 1.png'),
])
def test_keys_that_cannot_serve(described, rows, key, told):
    with pytest.raises(DataError) as caught:
        find_classes(described(*rows), key)
    message = str(caught.value)
    assert 'metadata.jsonl' in message and told in message and '\n' not in message


def test_too_many_classes(described):
    found = find_classes(described({'x': 0}), 'x')
    found = found._replace(pairs=[(None, str(i)) for i in range(MAX_CLASSES + 1)])
    with pytest.raises(DataError, match=f'{MAX_CLASSES + 1} classes by x'):
        class_counts(found)


def test_folders_of_a_class_at_any_depth_in_any_mode(tmp_path, save):
    grey = np.full((8, 8), 100, np.uint8)
    save('cat/1.png', grey)
    save('cat/more/deep/1.png', Image.fromarray(grey + 20).convert('P'))
    save('dog/1.jpg', np.full((8, 12, 3), 200, np.uint8))
    save('.hidden/1.png', grey)
    save('dog/.thumbnails/1.png', grey)
    (tmp_path / 'empty').mkdir()
    (tmp_path / 'cat' / 'notes.txt').write_text('no picture')
    found = find_classes(tmp_path)
    assert class_counts(found) == {'cat': 2, 'dog': 1} and found.source == 'folder'
    assert samples(opened(tmp_path)) == {100: 0, 120: 0, 200: 1}


def test_damaged_pictures_are_told(tmp_path, save):
    save('cat/1.png', np.zeros((8, 8), np.uint8))
    (tmp_path / 'cat' / '2.png').write_bytes(b'')
    with pytest.raises(DataError, match='2.png: empty file'):
        opened(tmp_path)


@pytest.mark.parametrize('name', ['', 'none'])
def test_nothing_to_find(tmp_path, name):
    with pytest.raises(DataError) as caught:
        find_classes(tmp_path / name)
    assert str(tmp_path) in str(caught.value) and '\n' not in str(caught.value)
    assert 'no such directory' in str(caught.value) if name else 'train-images-idx3-ubyte' in str(caught.value)


def test_a_key_asks_for_metadata(tmp_path, save):
    save('cat/1.png', np.zeros((8, 8), np.uint8))
    with pytest.raises(DataError, match='metadata.jsonl: no such file'):
        find_classes(tmp_path, 'hair')


def test_known_classes_keep_their_order(described):
    directory = described({'hair': 'red'}, {'hair': 'blue'})
    assert samples(opened(directory, 'hair', ('red', 'green', 'blue'))) == {0: 0, 20: 2}
    with pytest.raises(DataError, match='classes blue by hair in metadata.jsonl; allowed are red'):
        opened(directory, 'hair', ('red',))
