"""Pickles of data, and pickles that mean harm."""
import io
import os
import pickle
import struct
import subprocess
import tracemalloc

import numpy as np
import pytest

from spade_anime.data.errors import DataError
from spade_anime.data.safe_pickle import load_pickle

PYTHON_2_ARRAY = (
    b'\x80\x02]q\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03K\x00\x85U\x01b\x87Rq\x04'
    b'(K\x01K\x02K\x01\x86cnumpy\ndtype\nq\x05U\x02f4K\x00K\x01\x87Rq\x06(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff'
    b'\xff\xffK\x00tb\x89U\x08\x00\x00\x80?\x00\x00\x00\xc0tba.')
"""A list of one array [[1], [-2]], as NumPy on Python 2.7 wrote it."""


@pytest.fixture
def read(tmp_path):
    """Read a pickle of the given bytes, or of the given value by the given protocol."""
    def read_pickle(content, protocol=2):
        path = tmp_path / 'data.pickle'
        path.write_bytes(content if isinstance(content, bytes) else pickle.dumps(content, protocol))
        return load_pickle(path)
    return read_pickle


@pytest.mark.parametrize('protocol', range(5))
def test_data_is_read_as_it_was(read, protocol):
    arrays = [np.arange(6, dtype='<f4').reshape(2, 3), np.arange(6.).reshape(2, 3).T, np.array([[1, 2]], '>i8')]
    for found, array in zip(read(arrays, protocol), arrays, strict=True):
        assert type(found) is np.ndarray and found.dtype == array.dtype
        np.testing.assert_array_equal(found, array)
    names = ['a/b_1', 'ü', 3, 2.5, 10 ** 30, None, np.int64(7), np.float32(0.5), (1, ['x'])]
    assert read(names, protocol) == names


def test_array_of_python_2(read):
    np.testing.assert_array_equal(read(PYTHON_2_ARRAY), [[[1], [-2]]])


def reduced(function, *arguments):
    """An object whose pickle calls a function."""
    return type('Harm', (), {'__reduce__': lambda self: (function, arguments)})()


@pytest.mark.parametrize('protocol', (0, 2, 4))
@pytest.mark.parametrize('function, arguments, named', [
    (os.system, ('touch harmed',), 'system'),
    (eval, ('open("harmed", "w")',), 'eval'),
    (subprocess.Popen, (['touch', 'harmed'],), 'Popen'),
    (getattr, ([], 'append'), 'getattr'),
    (np.load, ('harmed',), 'load'),
    (np.fromfile, ('/dev/zero',), 'fromfile'),
    (np.zeros, (10 ** 12,), 'zeros'),
    (np.memmap, ('harmed', 'u1', 'w+', 0, (9,)), 'memmap'),
    (io.FileIO, ('harmed', 'w'), 'FileIO'),
    (pickle.loads, (b'.',), 'loads'),
])
def test_calls_are_refused_and_named(read, tmp_path, monkeypatch, function, arguments, named, protocol):
    monkeypatch.chdir(tmp_path)
    for content in (reduced(function, *arguments), [np.zeros(2), reduced(function, *arguments)]):
        with pytest.raises(DataError, match=rf'data.pickle: refused, it holds \S*{named}; allowed are') as told:
            read(content, protocol)
        assert '\n' not in str(told.value)
    assert not (tmp_path / 'harmed').exists()


@pytest.mark.parametrize('content, told', [
    (np.array(['text', 3], object), 'an array of objects'),
    (np.zeros(2, [('a', 'f4')]), 'no plain type'),
    (np.zeros(2, 'M8[s]'), 'no plain type'),
    ({'a': 1}, 'opcode'),
    ({1, 2}, 'set'),
    (Exception('x'), 'Exception'),
    (slice(1), 'slice'),
    (np.ndarray, 'unfinished'),
    (np.dtype('f4'), 'unfinished'),
    (np.zeros, 'numpy.*zeros'),
])
def test_what_is_no_data_is_refused(read, content, told):
    with pytest.raises(DataError, match=told) as error:
        read(content)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('content', [
    b'cnumpy\nndarray\n(I1\ntR.',  # makes an array by its class
    b'cnumpy.core.multiarray\n_reconstruct\n(tR}b.',
    b'c_codecs\nencode\n(Vimport os\nVrot13\ntR.',  # another codec
    b'(cnumpy\ndtype\nVO\ntR.',
    b'cnumpy\ndtype\n(VO\ntR.',
    b'cnumpy\ndtype\n(Vf4\ntR(I3\nV<\nNNNI-1\nI-1\nI0\nt\x81.',  # NEWOBJ
    b'cnumpy\ndtype\n(dS"__call__"\nS"x"\nsb.',  # attributes of what is called
    b'ios\nsystem\n(S"touch harmed"\no.',  # INST and OBJ
    b'\x82\x01.',  # EXT1
    b'Pid\n.',  # a persistent id
    b'\x80\x04\x8c\x08numpy\nos\x8c\x06system\x93.',  # a name of two lines
    b'', b'.', b'0.', b'garbage', b'R.', b'b.', b'\x80\x09.', b'h\x01.',
])
def test_what_is_made_to_harm_or_broken_is_told_in_one_line(read, content):
    with pytest.raises(DataError, match='data.pickle: (refused|not a pickle)') as error:
        read(content)
    assert '\n' not in str(error.value) and len(str(error.value)) < 400


def array_of(shape, raw):
    """Pickle of an array with that shape, of those opcodes for its bytes."""
    state = b'(K\x01' + shape + b'cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R\x89'
    return b'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R' + state + raw + b'tb'


LARGE = struct.pack('<i', 100_000) + bytes(100_000)


@pytest.mark.parametrize('content', [
    array_of(b'J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86', b'U\x01a') + b'.',  # a shape without the bytes for it
    b'\x80\x04\x8d' + struct.pack('<Q', 2 ** 40) + b'x.',  # lengths without what they announce
    b'\x80\x04\x8e' + struct.pack('<Q', 2 ** 40) + b'x.',
    b'T\xff\xff\xff\x7fx.', b'\x8b\xff\xff\xff\x7fx.', b'\x80\x04\x95' + struct.pack('<Q', 2 ** 40) + b'N.',
    # one text of 100 kB as the bytes of a thousand arrays
    b'\x80\x02]T' + LARGE + b'q\x010' + b'(' + array_of(b'J\xa0\x86\x01\x00\x85', b'h\x01') * 1000 + b'e.',
])
def test_nothing_larger_than_the_file_is_made(read, content):
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            read(content)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_lists_in_lists_in_lists_do_no_harm(read):
    assert len(read(b'(' * 50_000 + b'l' * 50_000 + b'.')) == 1


def test_memo_of_far_numbers_costs_nothing(read):
    assert read(b'\x80\x02K\x07r\xff\xff\xff\x7f.') == 7


@pytest.mark.parametrize('share', (0.1, 0.5, 0.9, 0.999))
def test_truncated(read, share):
    whole = pickle.dumps([np.ones((4, 5), 'f4')] * 3, 2)
    with pytest.raises(DataError, match='damaged or cut short|refused'):
        read(whole[:int(share * len(whole))])


def test_no_such_file(tmp_path):
    with pytest.raises(DataError, match='none.pickle: no such file'):
        load_pickle(tmp_path / 'none.pickle')
