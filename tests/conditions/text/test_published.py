"""The published captions of birds and flowers, as their archives unpack; good ones and bad ones."""
import pickle
import re

import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.text.published import find_embeddings, read_published
from spade_anime.data.errors import DataError

NAMES = ['001.Albatross/Albatross_1', '002.Auk/Auk_7', '002.Auk/Auk_9']


def write(folder, name, value):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(pickle.dumps(value, 2))


@pytest.fixture
def vectors(random):
    return [random.standard_normal((count, 4)).astype('f4') for count in (2, 3, 2)]


@pytest.fixture
def birds(tmp_path, vectors):
    """Two classes, three pictures, in the folders of the archives."""
    for name in NAMES:
        path = tmp_path / 'CUB_200_2011' / 'images' / f'{name}.jpg'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', (12, 9)).save(path)
    write(tmp_path / 'train', 'char-CNN-RNN-embeddings.pickle', vectors)
    write(tmp_path / 'train', 'filenames.pickle', NAMES)
    write(tmp_path / 'train', 'class_info.pickle', [1, 2, 2])
    return tmp_path


def read(directory):
    return read_published(directory, find_embeddings(directory))


def test_birds(birds, vectors):
    pictures = read(birds)
    assert pictures.names == NAMES and [picture.group for picture in pictures] == [1, 2, 2]
    assert pictures[1].image == birds / 'CUB_200_2011/images/002.Auk/Auk_7.jpg'
    assert pictures[1].captions == ('002.Auk/Auk_7 1', '002.Auk/Auk_7 2', '002.Auk/Auk_7 3')
    for picture, array in zip(pictures, vectors):
        np.testing.assert_array_equal(picture.embeddings, array)


def test_texts_are_read_where_they_are(birds):
    path = birds / 'text_c10' / f'{NAMES[0]}.txt'
    path.parent.mkdir(parents=True)
    path.write_text('a white bird\na bird that swims\n')
    assert read(birds)[0].captions == ('a white bird', 'a bird that swims')
    assert read(birds)[1].captions[0] == '002.Auk/Auk_7 1'


def test_test_part_finds_the_pictures_above_it(birds):
    (birds / 'train').rename(birds / 'test')
    assert read(birds / 'test')[0].image.is_file()


def test_flowers_without_classes(tmp_path, vectors):
    names = [f'jpg/image_{i:05}' for i in range(3)]
    (tmp_path / 'jpg').mkdir()
    for name in names:
        Image.new('RGB', (9, 9)).save(tmp_path / f'{name}.jpg')
    write(tmp_path / 'pickles', 'char-CNN-RNN-embeddings.pickle', vectors)
    write(tmp_path / 'pickles', 'filenames.pickle', names)
    pictures = read_published(tmp_path, find_embeddings(tmp_path, str(tmp_path / 'pickles')))
    assert pictures.names == names and len({picture.group for picture in pictures}) == 3


def test_no_embeddings(tmp_path):
    assert find_embeddings(tmp_path) is None
    with pytest.raises(DataError, match=f'--embeddings_dir {tmp_path}: no char-CNN-RNN-embeddings.pickle'):
        find_embeddings(tmp_path, str(tmp_path))


@pytest.mark.parametrize('file, value, message', [
    ('filenames', NAMES[:2], 'char-CNN.*a list of 3; allowed is a list of 2 arrays'),
    ('filenames', 'names', 'filenames.pickle: no list of file names'),
    ('filenames', [*NAMES[:2], 3], 'no list of file names'),
    ('filenames', [*NAMES[:2], NAMES[0]], 'more than once'),
    ('filenames', [*NAMES[:2], 'gone'], 'no picture gone.jpg'),
    ('filenames', [*NAMES[:2], '../../../etc/passwd'], 'no picture .*passwd.jpg'),
    ('filenames', ['gone', *NAMES[:2]], 'no picture gone.jpg; looked for in'),
    ('class_info', [1, 2], 'class_info.pickle: not a list of 3 whole numbers'),
    ('class_info', ['a', 'b', 'c'], 'not a list of 3 whole numbers'),
    ('char-CNN-RNN-embeddings', 3, 'int; allowed is a list of 3 arrays'),
    ('char-CNN-RNN-embeddings', [np.ones(4), np.ones(4), np.ones(4)], re.escape('entry 0 is (4,) float64')),
    ('char-CNN-RNN-embeddings', [np.ones((2, 4)), np.ones((2, 4)), 'x'], 'entry 2 is str'),
    ('char-CNN-RNN-embeddings', [np.ones((2, 4)), np.ones((2, 4)), np.ones((2, 5))], 'has 5 numbers.*the first 4'),
    ('char-CNN-RNN-embeddings', [np.ones((2, 4)), np.ones((2, 4), 'i4'), np.ones((2, 4))], 'entry 1 is .*int32'),
    ('char-CNN-RNN-embeddings', [np.full((2, 4), np.nan)] * 3, 'no finite numbers'),
])
def test_bad_files_are_told_in_one_line(birds, file, value, message):
    write(birds / 'train', f'{file}.pickle', value)
    with pytest.raises(DataError, match=message) as error:
        read(birds)
    assert '\n' not in str(error.value)
