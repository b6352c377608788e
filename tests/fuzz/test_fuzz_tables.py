"""Damaged and hostile tables: metadata.jsonl, CSV, IDX, MATLAB files, and pickles that would run something."""
import gzip
import json
import os
import pickle
import struct
import subprocess

import numpy as np
import pytest
from damages import damaged_files
from from_systems import of_condition
from samples_made import COUNT, embeddings, idx, metadata, table, write_dataset, write_mat, write_pictures
from watch import Case, check

open_attributes = of_condition('attributes.dataset.open_attributes')
open_tags = of_condition('attributes.tags.open_tags')
class_counts = of_condition('classes.dataset.class_counts')
find_classes = of_condition('classes.dataset.find_classes')
open_classes = of_condition('classes.dataset.open_classes')
read_captions = of_condition('text.captions.read_captions')
find_embeddings = of_condition('text.published.find_embeddings')
read_published = of_condition('text.published.read_published')

SIZE = 16
LABELS, IMAGES = 'train-labels-idx1-ubyte', 'train-images-idx3-ubyte'
CANARY = 'canary'
CALLS = 'classes', 'attributes', 'captions', 'tags'


def classes_of(directory, label_key='hair'):
    """Read a data set of classes as the system that uses them does."""
    found = find_classes(directory, label_key)
    return open_classes(found, SIZE, tuple(class_counts(found)), workers=0)


def metadata_calls(directory):
    """What metadata.jsonl is read for."""
    return {'classes': lambda: classes_of(directory), 'attributes': lambda: open_attributes(directory, '', SIZE),
            'captions': lambda: read_captions(directory), 'tags': lambda: open_tags(directory, '', 'hair', SIZE)}


def write_metadata(call):
    def write(directory, content):
        (write_pictures(directory) / 'metadata.jsonl').write_bytes(content)
        return metadata_calls(directory)[call]
    return write


def write_table(directory, content):
    (write_pictures(directory) / 'table.csv').write_bytes(content)
    return lambda: open_attributes(directory, directory / 'table.csv', SIZE)


def write_idx(name, ending=''):
    """Lay down the pair of IDX files, one of them as given."""
    def write(directory, content):
        (directory / f'{LABELS}').write_bytes(idx(np.arange(COUNT)))
        (directory / f'{IMAGES}').write_bytes(idx(np.ones((COUNT, 8, 8))))
        (directory / name).unlink()
        (directory / f'{name}{ending}').write_bytes(content)
        return lambda: classes_of(directory, '')
    return write


def write_sun(name):
    def write(directory, content):
        (write_mat(write_pictures(directory)) / name).write_bytes(content)
        return lambda: open_attributes(directory, directory, SIZE)
    return write


def write_pickle(name):
    def write(directory, content):
        (write_dataset(directory) / name).write_bytes(content)
        return lambda: read_published(directory, find_embeddings(directory))
    return write


def damaged() -> list[Case]:
    """Every kind of table, cut and flipped."""
    images, labels = idx(np.ones((COUNT, 8, 8))), idx(np.arange(COUNT))
    cases = []
    for i, call in enumerate(CALLS):
        cases += damaged_files(f'metadata.jsonl for {call}', metadata(), write_metadata(call), seed=i, repeats=2)
    cases += damaged_files('CSV', table(), write_table, seed=10)
    for name, content in ((LABELS, labels), (IMAGES, images)):
        cases += damaged_files(name, content, write_idx(name), seed=11)
        cases += damaged_files(f'{name}.gz', gzip.compress(content, mtime=0), write_idx(name, '.gz'), seed=12)
    return cases


def damaged_by_libraries(tmp_path) -> list[Case]:
    """MATLAB files and pickles, cut and flipped."""
    pytest.importorskip('scipy')
    cases = []
    for i, name in enumerate(('images.mat', 'attributes.mat', 'attributeLabels_continuous.mat')):
        content = (write_mat(tmp_path) / name).read_bytes()
        cases += damaged_files(name, content, write_sun(name), seed=20 + i, repeats=3)
    for i, name in enumerate(('filenames.pickle', 'class_info.pickle', 'char-CNN-RNN-embeddings.pickle')):
        content = (write_dataset(tmp_path) / name).read_bytes()
        cases += damaged_files(name, content, write_pickle(name), seed=30 + i, repeats=3)
    return cases


ROWS = {
    'no object': '3', 'null': 'null', 'a list': '[]', 'an empty object': '{}', 'NaN': 'NaN', 'deep': '[' * 100_000,
    'deep and closed': '{"file_name": "0.png", "hair": ' + '[' * 50_000 + ']' * 50_000 + '}',
    'deep objects': '{"a":' * 30_000, 'a huge number': '{"file_name": "0.png", "hair": ' + '9' * 100_000 + '}',
    'a large number': '{"file_name": "0.png", "hair": ' + '9' * 4000 + '}', 'twice the name':
    '{"file_name": "none.png", "file_name": "0.png", "hair": "pink", "hair": "blue"}',
    'infinite': '{"file_name": "0.png", "hair": 1e999}', 'not a number': '{"file_name": "0.png", "hair": NaN}',
    'lone surrogate': '{"file_name": "0.png", "hair": "\\ud800", "caption": "\\ud800", "attributes": '
                      '{"\\ud800": true}}',
    'control characters': '{"file_name": "0.png", "hair": "\\u0000\\u001b[2J", "caption": "\\u0007", "attributes": '
                          '{"\\u0000": true}}',
    'line break': '{"file_name": "0.png", "hair": "a\\nb", "caption": "a\\nb", "attributes": {"a\\nb": true}}',
    'line separator': '{"file_name": "0.png", "hair": "a\u2028b", "caption": "\u2028", "attributes": {"\u2028": true}}',
    'long': json.dumps({'file_name': '0.png', 'hair': 'x' * 10 ** 6, 'caption': 'x' * 10 ** 6,
                        'attributes': {'x' * 10 ** 6: True}}),
    'long number as text': json.dumps({'file_name': '0.png', 'hair': '1' * 5000, 'caption': '1' * 5000,
                                       'attributes': {'1' * 5000: True}}),
    'empty values': '{"file_name": "0.png", "hair": "", "caption": "", "attributes": {"": true}}',
    'null values': '{"file_name": "0.png", "hair": null, "caption": null, "attributes": null}',
    'other types': '{"file_name": "0.png", "hair": {"a": 1}, "caption": [3], "attributes": {"glasses": 1, "smile": 0}}',
    'no values': '{"file_name": "0.png", "hair": [], "caption": [], "attributes": {}}',
    'commas': '{"file_name": "0.png", "hair": "a,b", "caption": ",", "attributes": {"a,b": true}}',
    'all': '{"file_name": "0.png", "hair": "all", "caption": "all", "attributes": {"all": true}}',
    'other attributes': '{"file_name": "0.png", "hair": "x", "caption": "x", "attributes": {"hat": true}}',
    'number as name': '{"file_name": 0}', 'path given': '{"file_name": "0.png", "path": "/etc/passwd", "hair": "x"}',
    'emoji': '{"file_name": "0.png", "hair": "\U0001f484", "caption": "\U0001f484", "attributes": '
             '{"\U0001f484": true}}',
}


def rows() -> list[Case]:
    """Rows of metadata.jsonl that are well-formed lines and no good data, alone and after good rows."""
    return [Case(f'row {name} {"after good rows " if before else ""}for {call}', in_metadata(call, before + row))
            for name, row in ROWS.items() for before in ('', metadata().decode() + '\n')
            for call in CALLS]


def in_metadata(call, text):
    return lambda directory: write_metadata(call)(directory, text.encode('utf-8'))


CSV = {
    'only a header': b'file,a,b\n', 'one column': b'file\n0.png\n', 'BOM': b'\xef\xbb\xbffile,a\n0.png,1\n',
    'quote left open': b'file,a\n"0.png,1\n', 'other values': b'file,a\n0.png,2\n', 'NaN': b'file,a\n0.png,nan\n',
    'infinite': b'file,a\n0.png,1e999\n', 'NUL': b'file,a\n0.p\0ng,1\n', 'UTF-16': 'file,a\n0.png,1\n'.encode('utf-16'),
    'too many cells': b'file,a\n0.png,1,1\n', 'twice the name': b'file,a,a\n0.png,1,1\n',
    'twice the picture': b'file,a\n0.png,1\n0.png,0\n', 'a name of a line break': b'file,"a\nb"\n0.png,1\n',
    'wide': b'file,' + b','.join(b'a%d' % i for i in range(20_000)) + b'\n0.png' + b',1' * 20_000,
    'a large cell': b'file,a\n' + b'x' * 200_000 + b',1\n', 'control': b'file,\x1b[2J\n0.png,1\n',
    'twice every picture': b'file,a\n' + b'0.png,1\n1.png,0\n2.png,0\n' * 30_000,
    'only commas': b',,,\n,,,\n', 'only breaks': b'\n' * 1000, 'path': b'file,a\n../outside/secret.png,1\n',
}


def lines() -> list[Case]:
    """CSV files that are whole and no good data."""
    return [Case(f'CSV {name}', lambda directory, content=content: write_table(directory, content))
            for name, content in CSV.items()]


def idx_headers() -> list[Case]:
    """IDX headers that claim what is not there, from nothing to far more than fits anywhere."""
    cases = []
    for shape in ((2 ** 32 - 1,) * 3, (10 ** 4,) * 3, (2 ** 31, 1, 1), (1, 1, 2 ** 32 - 1), (0, 8, 8), (4, 0, 8)):
        header = struct.pack('>4B3I', 0, 0, 8, 3, *shape)
        for content in (header, header + bytes(1000)):
            cases.append(Case(f'IDX {shape}', lambda directory, content=content: write_idx(IMAGES)(
                directory, content), told=IMAGES))
            cases.append(Case(f'IDX {shape}.gz', lambda directory, content=content: write_idx(IMAGES, '.gz')(
                directory, gzip.compress(content)), told=IMAGES))
    for kind in (0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0xFF):
        cases.append(Case(f'IDX type {kind}', lambda directory, kind=kind: write_idx(LABELS)(
            directory, struct.pack('>4BI', 0, 0, kind, 1, 4) + bytes(32)), told=LABELS))
    return cases


def harm() -> list[Case]:
    """Pickles that would execute something: each is refused, in every protocol and every file."""
    calls = {'os.system': (os.system, (f'touch {CANARY}',)), 'eval': (eval, (f'open({CANARY!r}, "w")',)),
             'exec': (exec, (f'open({CANARY!r}, "w")',)), 'Popen': (subprocess.Popen, (['touch', CANARY],)),
             'open': (open, (CANARY, 'w')), 'zeros': (np.zeros, (10 ** 12,)), 'fromfile': (np.fromfile, ('/dev/zero',)),
             'memmap': (np.memmap, (CANARY, 'u1', 'w+', 0, (9,))), 'import': (__import__, ('antigravity',)),
             'mkdir': (os.mkdir, (CANARY,)), 'load': (np.load, (CANARY,)), 'bytearray': (bytearray, (10 ** 12,))}
    cases = []
    for name, (function, arguments) in calls.items():
        thing = type('Harm', (), {'__reduce__': lambda _, call=(function, arguments): call})()
        for where in ('filenames.pickle', 'class_info.pickle', 'char-CNN-RNN-embeddings.pickle'):
            for protocol in (0, 2, 4, 5):
                for value in (thing, [thing], {'a': thing}):
                    content = pickle.dumps(value, protocol)
                    cases.append(Case(f'{name} in {where} by protocol {protocol}', lambda directory, where=where,
                                      content=content: write_pickle(where)(directory, content), told=where))
    return cases


TABLES = {'damaged': damaged, 'rows': rows, 'lines': lines, 'idx_headers': idx_headers, 'harm': harm}


@pytest.mark.parametrize('table', TABLES)
def test_tables(table, tmp_path):
    check(TABLES[table](), tmp_path)


def test_tables_of_libraries(tmp_path, tmp_path_factory):
    check(damaged_by_libraries(tmp_path_factory.mktemp('whole')), tmp_path)


def test_whole_tables_are_read(tmp_path):
    write_dataset(tmp_path)
    for call in metadata_calls(tmp_path).values():
        call()
    assert len(write_table(tmp_path, table())()[1]) == COUNT
    (tmp_path / 'metadata.jsonl').unlink()
    assert len(write_idx(IMAGES)(tmp_path, idx(np.ones((COUNT, 8, 8))))()) == 2
    assert len(write_pickle('char-CNN-RNN-embeddings.pickle')(tmp_path, embeddings())()) == COUNT
