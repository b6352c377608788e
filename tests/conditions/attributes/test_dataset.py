"""Attribute tables: metadata.jsonl, CSV, the SUN attribute database; good ones and bad ones."""
import json
import pickle
import re

import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.attributes.dataset import MirroredAttributes, chosen, open_attributes, switched_on
from spade_anime.data.errors import DataError
from spade_anime.data.splitting import Mirrored

NAMES = ('glasses', 'long_hair', 'facing_left')


@pytest.fixture
def pictures(tmp_path):
    """Two pictures, one of them in a folder."""
    (tmp_path / 'a').mkdir()
    for name in ('a/1.png', '2.png'):
        Image.new('RGB', (12, 8), (255, 0, 0)).save(tmp_path / name)
    return tmp_path


def metadata(directory, *attributes):
    rows = [{'file_name': name, **({} if told is None else {'attributes': told})}
            for name, told in zip(('a/1.png', '2.png'), attributes)]
    (directory / 'metadata.jsonl').write_text('\n'.join(map(json.dumps, rows)))


def table(directory, text):
    path = directory / 'table.csv'
    path.write_text(text)
    return path


def vectors(dataset):
    return [sample.vector.tolist() for sample in dataset.samples]


def test_metadata_gives_names_and_vectors(pictures):
    metadata(pictures, {'glasses': True, 'beard': False}, {'beard': True, 'glasses': False})
    names, dataset = open_attributes(pictures, '', 8)
    assert names == ('glasses', 'beard')
    assert vectors(dataset) == [[1, 0], [0, 1]]
    image, vector = dataset[0]
    assert image.shape == (3, 8, 8) and vector.dtype == np.float32
    np.testing.assert_array_equal(image[:, 0, 0], (1, -1, -1))


@pytest.mark.parametrize('attributes, message', [
    (({'a': True}, None), '2.png: no "attributes"'),
    (({'a': True}, {}), '2.png: no "attributes"'),
    (({'a': True}, {'b': True}), '2.png.*differ in a, b'),
    (({'a': 2}, {'a': True}), "a/1.png.*'a' is 2; allowed are 1, true, yes and y, or 0, -1, false, no and n"),
    (({'a': True}, {'a': None}), "2.png.*'a' is None; allowed are 1"),
    (({'all': True}, {'all': True}), "'all'"),
    (({'a,b': True}, {'a,b': True}), "'a,b'.*without commas"),
])
def test_bad_metadata_is_told_in_one_line(pictures, attributes, message):
    metadata(pictures, *attributes)
    with pytest.raises(DataError, match=message) as raised:
        open_attributes(pictures, '', 8)
    assert 'metadata.jsonl' in str(raised.value) and '\n' not in str(raised.value)


def test_csv_gives_names_and_vectors(pictures):
    path = table(pictures, '\ufefffile,glasses, long hair\na/1.png,1,false\n\n2.png,-1,TRUE\n')
    names, dataset = open_attributes(pictures, path, 8)
    assert names == ('glasses', 'long hair')
    assert vectors(dataset) == [[1, 0], [0, 1]]
    assert dataset.names == ['a/1.png', '2.png']


@pytest.mark.parametrize('text, message', [
    ('', 'no header'),
    ('file\n2.png\n', 'no header'),
    ('file,a\n', 'no rows'),
    ('file,a\n2.png,maybe\n', r"no attributes; 'a' has 'maybe', and allowed are 1, true, yes and y, or 0"),
    ('file,a\n2.png,1\na/1.png,1\n3.png,\n', r"line 4: attribute 'a' is ''; allowed are 1, true, yes and y, or 0"),
    ('file,a\na/1.png,1\n2.png\n', 'line 3: 1 cells; the header has 2'),
    ('file,a\n../2.png,1\n', 'line 2.*outside'),
    ('file,a\n3.png,1\n', 'line 2.*3.png: no such file'),
    ('file,a\n2.png,1\n2.png,0\n', "picture '2.png' is there more than once"),
    ('file,a,a\n2.png,1,1\n', "column 'a' is there more than once"),
    ('file,\n2.png,1\n', "may not be called ''"),
    ('file,a\n"2.png,1\n', 'cannot be read as CSV'),
])
def test_bad_csv_is_told_in_one_line(pictures, text, message):
    with pytest.raises(DataError, match=message) as raised:
        open_attributes(pictures, table(pictures, text), 8)
    assert 'table.csv' in str(raised.value) and '\n' not in str(raised.value)


@pytest.mark.parametrize('content', [
    'file;glasses;long hair\na/1.png;1,0;0,0\n2.png;-1;1\n',
    'sep=|\r\nimage_id|glasses|long hair\r\n"a/1.png"|yes|No\r\n2.png|no|YES\r\n',
    'glasses\t"long hair"\na/1.png\t1\t-1\n2.png\t-1\t1\n',
    ',name,glasses,long hair\n7,a\\1,1.0,0.0\n9,2,0.0,1.0\n',
    '"","glasses","long hair","hair","count",""\n2.jpg,FALSE,TRUE,pink,3,\na/1.jpg,TRUE,FALSE,teal,2,\n',
])
def test_tables_as_programs_write_them(pictures, content):
    """Excel, R, pandas and DeepFashion; names without extension or with another one; words and counts in between."""
    names, dataset = open_attributes(pictures, table(pictures, content), 8)
    assert names == ('glasses', 'long hair')
    assert {sample.image.name: sample.vector.tolist() for sample in dataset.samples} == {
        '1.png': [1, 0], '2.png': [0, 1]}


def test_celeba_lists_count_first(pictures):
    path = pictures / 'list.txt'
    path.write_text('2\n5_o_Clock_Shadow Bald \na/1.png -1  1\n2.png  1 -1\n')
    names, dataset = open_attributes(pictures, path, 8)
    assert names == ('5_o_Clock_Shadow', 'Bald') and vectors(dataset) == [[0, 1], [1, 0]]
    path.write_text('3\nBald\na/1.png 1\n2.png -1\n')
    with pytest.raises(DataError, match='list.txt: the first line says 3 pictures, and 2 follow'):
        open_attributes(pictures, path, 8)


@pytest.mark.parametrize('name, content', [
    ('metadata.jsonl', '{"file_name": "a/1.png", "hat": 1, "hair": "red"}\n{"file_name": "2", "hat": -1}'),
    ('metadata.json', '[{"file": "a/1.png", "attributes": {"hat": "yes"}}, {"file": "2", "attributes": {"hat": 0.0}}]'),
    ('metadata.json', '{"a/1.png": {"hat": true}, "2.png": {"hat": false}}'),
    ('metadata.csv', 'file_name,hat,text\na/1.png,1,"red, long"\n2.png,0,blue\n'),
])
def test_metadata_as_people_write_it(pictures, name, content):
    (pictures / name).write_text(content)
    names, dataset = open_attributes(pictures, '', 8)
    assert names == ('hat',) and vectors(dataset) == [[1], [0]]


def test_what_is_read_of_a_table_is_told(pictures):
    path = table(pictures, 'file,glasses,hair,hat\na/1.png,1,pink,\n2.png,1,blue,\n')
    _, dataset = open_attributes(pictures, path, 8)
    assert dataset.notes == ["1 attribute by table.csv: glasses (2); none are 'hair', 'hat'"]


def test_every_picture_that_is_missing_is_told_and_where_it_lies(pictures):
    path = table(pictures, 'file,hat\n1.png,1\n2.png,0\n7.png,1\n')
    with pytest.raises(DataError) as raised:
        open_attributes(pictures, path, 8)
    first, second = str(raised.value).splitlines()
    assert first.endswith(f'1.png: no such file; {pictures / "a" / "1.png"} is there') and 'line 2' in first
    assert second.endswith('7.png: no such file') and 'line 4' in second


def test_missing_and_binary_tables(pictures):
    with pytest.raises(DataError, match=r'none\.csv: no such file'):
        open_attributes(pictures, pictures / 'none.csv', 8)
    with pytest.raises(DataError, match='cannot be read as text, byte 0 is no UTF-8'):
        open_attributes(pictures, pictures / '2.png', 8)


@pytest.fixture
def sun(pictures):
    """Writes small files of the SUN attribute database's layout."""
    savemat = pytest.importorskip('scipy.io').savemat

    def write(paths=('a/1.png', '2.png'), names=('sailing/ boating', 'open area'), votes=((0, 2 / 3), (0.5, 1 / 3))):
        folder = pictures / 'sun'
        folder.mkdir(exist_ok=True)
        savemat(folder / 'images.mat', {'images': np.array([[path] for path in paths], object)})
        savemat(folder / 'attributes.mat', {'attributes': np.array([[name] for name in names], object)})
        savemat(folder / 'attributeLabels_continuous.mat', {'labels_cv': np.array(votes)})
        return folder
    return write


@pytest.mark.parametrize('named', ['.', 'images.mat'])
def test_sun_votes_are_rounded(pictures, sun, named):
    names, dataset = open_attributes(pictures, sun() / named, 8)
    assert names == ('sailing/ boating', 'open area')
    assert vectors(dataset) == [[0, 1], [1, 0]]
    assert dataset[0][0].shape == (3, 8, 8)


@pytest.mark.parametrize('content, message', [
    ({'votes': ((0, 1),)}, r'labels_cv is \(1, 2\)'),
    ({'votes': ((0, 2), (0, 0))}, 'from 0.* to 2'),
    ({'votes': ((0, np.nan), (0, 0))}, 'shares from 0 to 1'),
    ({'paths': (1, 2)}, 'images is not a cell of texts'),
    ({'paths': ('a/1.png', '3.png')}, 'image 2: .*3.png: no such file'),
    ({'paths': ('../1.png', '2.png')}, 'image 1: .*outside'),
    ({'names': ('a,b', 'c')}, 'without commas'),
])
def test_bad_sun_tables_are_told_in_one_line(pictures, sun, content, message):
    with pytest.raises(DataError, match=message) as raised:
        open_attributes(pictures, sun(**content), 8)
    assert '\n' not in str(raised.value)


def test_sun_files_missing_damaged_or_empty(pictures, sun):
    folder = sun()
    savemat = pytest.importorskip('scipy.io').savemat
    savemat(folder / 'images.mat', {'other': 1})
    with pytest.raises(DataError, match="images.mat: no 'images' in it, but other"):
        open_attributes(pictures, folder, 8)
    (folder / 'images.mat').write_bytes(b'MATLAB' * 100)
    with pytest.raises(DataError, match='images.mat: not a .mat file'):
        open_attributes(pictures, folder, 8)
    (folder / 'images.mat').unlink()
    with pytest.raises(DataError, match=r'images.mat: no such file; .* attributes.mat'):
        open_attributes(pictures, folder, 8)


def test_sun_without_scipy_names_the_extra(pictures, sun, monkeypatch):
    folder = sun()
    monkeypatch.setitem(__import__('sys').modules, 'scipy.io', None)
    with pytest.raises(DataError, match=re.escape('".[sun]"')):
        open_attributes(pictures, folder, 8)


def test_chosen_attributes():
    np.testing.assert_array_equal(chosen(' long_hair,glasses,', NAMES), (1, 1, 0))
    np.testing.assert_array_equal(chosen('', NAMES), (0, 0, 0))
    assert switched_on(chosen('long_hair,glasses', NAMES), NAMES) == 'glasses, long_hair'


def test_unknown_attribute_is_told_with_its_neighbour_and_all():
    with pytest.raises(DataError, match='glases.*did you mean glasses.*glasses, long_hair, facing_left'):
        chosen('glases', NAMES)
    with pytest.raises(DataError, match='zzz.*allowed are glasses'):
        chosen('zzz', NAMES)


def test_mirror_swaps_sides_or_inverts():
    names = ('facing_left', 'glasses', 'arm_left', 'arm_right', 'right')
    mirror = pickle.loads(pickle.dumps(MirroredAttributes(names)))
    vector = np.array((1, 1, 1, 0, 0), np.float32)
    assert mirror(vector).tolist() == [0, 1, 0, 1, 1]
    np.testing.assert_array_equal(mirror(mirror(vector)), vector)
    assert mirror(vector).dtype == np.float32


def test_mirrored_samples(pictures):
    metadata(pictures, {'facing_left': True}, {'facing_left': False})
    names, dataset = open_attributes(pictures, '', 8)
    mirrored = Mirrored(dataset, MirroredAttributes(names))
    assert [mirrored[i][1].tolist() for i in range(4)] == [[1], [0], [0], [1]]
