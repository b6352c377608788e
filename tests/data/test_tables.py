"""Tables as programs write them: encodings, delimiters, headers, JSON of all shapes; and broken ones."""
import pytest

from spade_anime.data.errors import DataError
from spade_anime.data.tables import read_rows


@pytest.fixture
def rows(tmp_path):
    """Write a table and read it: the name of each row's file, and its other columns."""
    def read(content, name='table.csv'):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return [(row.name, row.values) for row in read_rows(path)]
    return read


@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16', 'utf-16-le', 'utf-16-be'])
@pytest.mark.parametrize('end', ['\n', '\r\n', '\r'])
def test_encodings_and_line_ends(rows, encoding, end):
    content = end.join(['file,髪', '', 'ü.png,ピンク']).encode(encoding)
    assert rows(content) == [('ü.png', {'髪': 'ピンク'})]


@pytest.mark.parametrize('delimiter', [',', ';', '\t', '|'])
def test_delimiters_and_quotes(rows, delimiter):
    content = f'file{delimiter}text{delimiter}hat\na.png{delimiter}"a{delimiter} ""b"""{delimiter} 1\n'
    assert rows(content) == [('a.png', {'text': f'a{delimiter} "b"', 'hat': '1'})]


@pytest.mark.parametrize('content, expected', [
    ('a b\nmy own.png 1 0\n', [('my own.png', {'a': '1', 'b': '0'})]),
    ('1\na b\nmy own.png 1 0\n', [('my own.png', {'a': '1', 'b': '0'})]),
    ('file a\nx 1\n', [('x', {'a': '1'})]),
    ('a,b\nx,1,0\n', [('x', {'a': '1', 'b': '0'})]),
    ('id,glasses,picture\n4,1,x.jpg\n', [('x.jpg', {'glasses': '1'})]),
    ('Unnamed: 0,picture,a\n0,x.jpg,1\n', [('x.jpg', {'a': '1'})]),
    ('picture,a\nx.png,1,\n', [('x.png', {'a': '1'})]),
    ('file,a,,\nx.png,1,,\ny.png,0,,,\n', [('x.png', {'a': '1'}), ('y.png', {'a': '0'})]),
])
def test_where_the_file_stands(rows, content, expected):
    assert rows(content) == expected


@pytest.mark.parametrize('content', [
    '{"file_name": "x.png", "a": 1}', '[{"filename": "x.png", "a": 1}]', '{"x.png": {"a": 1}}',
    '[\n {\n  "file": "x.png",\n  "a": 1\n }\n]\n',
])
def test_json_of_all_shapes(rows, content):
    assert rows(content, 'table.json') == rows(content, 'table.jsonl') == [('x.png', {'a': 1})]


@pytest.mark.parametrize('content, name, told', [
    ('[{"file_name": "x.png"}, 3]', 'a.json', r'a.json, entry 2: no "file_name"'),
    ('[{"file_name": "x.png"}', 'a.json', 'a.json: not JSON'),
    ('[]', 'a.json', 'no rows'), ('{}', 'a.json', 'line 1: no "file_name"'),
    ('x.png,1,0\ny.png,0,1\n', 'a.csv', 'no header'),
    ('sep=;\nfile;a\nx.png;1;2\n', 'a.csv', 'line 3: 3 cells; the header has 2'),
    ('99999999999999\na\nx.png 1\n', 'a.txt', 'no header'),
    ('9' * 5000, 'a.txt', 'no header'), ('7', 'a.txt', 'no header'), ('sep=;', 'a.csv', 'no header'),
    (b'file,a\n\x83s.png,1\n', 'a.csv', 'byte 7 is no UTF-8; allowed are UTF-8 and UTF-16'),
    (b'\xff\xfea', 'a.csv', 'is no UTF-16'),
])
def test_broken_tables_are_told_in_one_line(rows, content, name, told):
    with pytest.raises(DataError, match=told) as error:
        rows(content, name)
    assert '\n' not in str(error.value)
