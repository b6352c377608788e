import gzip
import struct

import numpy as np
import pytest

from spade_anime.conditions.classes.idx import MAX_BYTES, IdxImages, find_idx, read_idx
from spade_anime.data.errors import DataError

IMAGES = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4) * 5
LABELS = np.array([2, 0, 2], np.uint8)
VECTORS = {'0': np.array([1, 0], np.float32), '2': np.array([0, 1], np.float32)}


def idx(array, kind=8):
    return bytes((0, 0, kind, array.ndim)) + struct.pack(f'>{array.ndim}I', *array.shape) + array.tobytes()


def write_pair(directory, part='train', end='', dot='-'):
    pack = gzip.compress if end else bytes
    (directory / f'{part}-images{dot}idx3-ubyte{end}').write_bytes(pack(idx(IMAGES)))
    (directory / f'{part}-labels{dot}idx1-ubyte{end}').write_bytes(pack(idx(LABELS)))


@pytest.mark.parametrize('pack', [bytes, gzip.compress])
def test_values(tmp_path, pack):
    (tmp_path / 'file').write_bytes(pack(idx(IMAGES)))
    np.testing.assert_array_equal(read_idx(tmp_path / 'file', 3), IMAGES)


@pytest.mark.parametrize('content, told', [
    (b'', 'nothing'),
    (b'\x89PNG\r\n\x1a\n' + bytes(20), '89 50'),
    (idx(LABELS), '00 00 08 01'),
    (idx(IMAGES, kind=0x0d), '00 00 0d 03'),
    (idx(IMAGES)[:11], 'truncated'),
    (idx(IMAGES)[:-1], '3 x 4 x 4 bytes, found only 47'),
    (idx(IMAGES) + b'\0', 'found more'),
    (idx(IMAGES[:0]), '0 x 4 x 4'),
    (bytes((0, 0, 8, 3)) + struct.pack('>3I', 2 ** 31, 28, 28), f'{MAX_BYTES:,}'),
    (bytes((0, 0, 8, 3)) + struct.pack('>3I', *[2 ** 32 - 1] * 3), f'{MAX_BYTES:,}'),
    (gzip.compress(idx(IMAGES), mtime=0)[:-12], 'truncated or damaged'),
    (gzip.compress(idx(IMAGES), mtime=0)[:10] + b'\xff' * 30, 'truncated or damaged'),
    (gzip.compress(idx(IMAGES) + bytes(10 ** 7), mtime=0), 'found more'),
])
def test_bad_files_are_told_in_one_line(tmp_path, content, told):
    path = tmp_path / 'train-images-idx3-ubyte'
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_idx(path, 3)
    assert str(path) in str(caught.value) and told in str(caught.value) and '\n' not in str(caught.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match='no such file'):
        read_idx(tmp_path / 'none', 1)


@pytest.mark.parametrize('part, end, dot', [('train', '', '-'), ('train', '.gz', '.'), ('emnist-train', '.gz', '-')])
def test_training_files_are_found(tmp_path, part, end, dot):
    write_pair(tmp_path, part, end, dot)
    found = find_idx(tmp_path)
    assert found.labels == ['2', '0', '2'] and found.test is None
    assert [len(part) for part in found.open(8, VECTORS, 0, None)] == [2, 1]


@pytest.mark.parametrize('test', ['t10k', 'test'])
def test_the_test_part_is_for_validation(tmp_path, test):
    write_pair(tmp_path)
    write_pair(tmp_path, test, '.gz')
    training, validation = find_idx(tmp_path).open(8, VECTORS, 0, None)
    assert len(training) == len(validation) == 3


def test_no_idx_files(tmp_path):
    assert find_idx(tmp_path) is None


def test_labels_missing_or_sets_too_many(tmp_path):
    write_pair(tmp_path)
    write_pair(tmp_path, 'other-train')
    with pytest.raises(DataError, match='2 sets of IDX files'):
        find_idx(tmp_path)
    (tmp_path / 'other-train-images-idx3-ubyte').unlink()
    (tmp_path / 'train-labels-idx1-ubyte').unlink()
    with pytest.raises(DataError, match='expected train-labels-idx1-ubyte'):
        find_idx(tmp_path)


def test_samples(tmp_path):
    write_pair(tmp_path)
    dataset = IdxImages(*find_idx(tmp_path).training, 4, VECTORS)
    image, vector = dataset[1]
    assert image.dtype == np.float32 and image.shape == (3, 4, 4)
    np.testing.assert_allclose(image, np.repeat(IMAGES[1:2], 3, axis=0) / 127.5 - 1, atol=1e-6)
    assert vector.tolist() == [1, 0]
    assert IdxImages(*find_idx(tmp_path).training, 8, VECTORS)[0][0].shape == (3, 8, 8)


def test_labels_that_do_not_fit(tmp_path):
    write_pair(tmp_path)
    files = find_idx(tmp_path).training
    with pytest.raises(DataError, match='no such class 2; allowed are 0'):
        IdxImages(*files, 4, {'0': VECTORS['0']})
    files[1].write_bytes(idx(LABELS[:2]))
    with pytest.raises(DataError, match='2 labels for the 3 images'):
        IdxImages(*files, 4, VECTORS)
