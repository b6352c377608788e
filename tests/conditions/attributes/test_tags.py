import json

import numpy
import pytest
from PIL import Image

from spade_anime.conditions.attributes.tags import open_tags
from spade_anime.data.errors import DataError

ROWS = [{'hair': 'pink', 'attributes': {'glasses': True, 'beard': False}},
        {'hair': 'blue', 'attributes': {'glasses': False, 'beard': True}},
        {'hair': 'blue', 'attributes': {'glasses': False, 'beard': False}}]


def write(directory, rows):
    lines = []
    for i, row in enumerate(rows):
        Image.new('RGB', (48, 16), 'red').save(directory / f'{i}.png')
        lines.append(json.dumps({'file_name': f'{i}.png', **row}))
    (directory / 'metadata.jsonl').write_text('\n'.join(lines))
    return directory


def vectors(dataset):
    return numpy.stack([dataset[i][1] for i in range(len(dataset))]).tolist()


def test_attributes_alone(tmp_path):
    names, dataset = open_tags(write(tmp_path, ROWS), '', '', 8)
    assert names == ('glasses', 'beard')
    assert vectors(dataset) == [[1, 0], [0, 1], [0, 0]]
    assert dataset[0][0].shape == (3, 8, 8)


def test_words_are_tags_too(tmp_path):
    names, dataset = open_tags(write(tmp_path, ROWS), '', 'hair', 8)
    assert names == ('glasses', 'beard', 'blue', 'pink')
    assert vectors(dataset) == [[1, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 0]]
    assert dataset[0][1].dtype == numpy.float32


def test_wanted_tags_in_their_order(tmp_path):
    names, dataset = open_tags(write(tmp_path, ROWS), '', 'hair', 8, ('pink', 'beard'))
    assert names == ('pink', 'beard')
    assert vectors(dataset) == [[1, 0], [0, 1], [0, 0]]


def test_words_beside_a_csv_file(tmp_path):
    table = tmp_path / 'some.csv'
    write(tmp_path, ROWS)
    table.write_text('file,hat\n1.png,1\n0.png,0\n')
    names, dataset = open_tags(tmp_path, str(table), 'hair', 8)
    assert names == ('hat', 'blue', 'pink')
    assert vectors(dataset) == [[1, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize('rows, key, wanted, named', [
    (ROWS, 'hat', (), ['hat', 'hair']),
    (ROWS, 'hair', ('gren',), ['gren', 'pink']),
    ([ROWS[0] | {'hair': 'beard'}], 'hair', (), ['metadata.jsonl', 'hair', 'beard']),
])
def test_faults_are_named(tmp_path, rows, key, wanted, named):
    with pytest.raises(DataError) as error:
        open_tags(write(tmp_path, rows), '', key, 8, wanted)
    assert all(word in str(error.value) for word in named)
    assert '\n' not in str(error.value)
