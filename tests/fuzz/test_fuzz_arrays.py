"""Damaged and hostile npz files: the texts of a run, and snapshots of networks."""
import functools
import io
import json
import os
import struct
import zipfile

import chainer
import numpy as np
import pytest
from damages import damaged_files
from from_systems import of_condition
from samples_made import npz
from watch import Case, check

from spade_anime.runs.weights import load_network

TextVectors = of_condition('text.embedding.TextVectors')

TEXTS = {'encoder': np.array('published'), 'mean': np.zeros(3, 'f4'), 'deviation': np.ones(3, 'f4'),
         'texts': np.frombuffer(json.dumps(['a', 'b']).encode(), np.uint8), 'embeddings': np.ones((2, 3), 'f4')}
CANARY = 'canary'
HUGE = 10 ** 12
NEVER_LOADED = 'NaN', 'infinite', 'too large for float32', 'texts', 'bytes'


class Small(chainer.Chain):
    """A network of two parameters and a persistent value."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.layer = chainer.links.Linear(3, 2)
        self.add_persistent('N', 0)


WEIGHTS = {'layer/W': np.ones((2, 3), 'f4'), 'layer/b': np.ones(2, 'f4'), 'N': np.array(3)}


def write_texts(directory, content):
    (directory / 'text.npz').write_bytes(content)
    return lambda: TextVectors.load(directory)


def write_snapshot(directory, content):
    (directory / 'gen.npz').write_bytes(content)
    return lambda: load_network(directory / 'gen.npz', Small())


WRITERS = {'texts': (write_texts, TEXTS), 'snapshot': (write_snapshot, WEIGHTS)}


def damaged() -> list[Case]:
    """Both kinds, plain and compressed, cut and flipped; many flips, for a check sum finds those in the values."""
    cases = []
    for i, (kind, (write, arrays)) in enumerate(WRITERS.items()):
        cases += damaged_files(kind, npz(**arrays), write, seed=i, repeats=10)
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)
        cases += damaged_files(f'compressed {kind}', stream.getvalue(), write, seed=10 + i)
    return cases


def others(array: np.ndarray) -> dict:
    """What may stand in the place of an array."""
    numbers = array if array.dtype.kind in 'fiu' else np.ones(3)
    return {'NaN': np.full(numbers.shape, np.nan), 'infinite': np.full(numbers.shape, np.inf), 'none': None,
            'too large for float32': np.full(numbers.shape, 1e300), 'texts': np.full(numbers.shape, 'x'),
            'bytes': np.full(numbers.shape, b'x'), 'complex': numbers.astype(complex), 'a scalar': np.array(1.),
            'an axis more': numbers[None], 'empty': numbers[..., :0] if numbers.ndim else np.zeros(0),
            'of booleans': numbers.astype(bool), 'in double precision': numbers.astype('f8'),
            'in half precision': numbers.astype('f2'), 'zeros': np.zeros_like(numbers),
            'swapped': numbers.astype('>f4'), 'dates': np.zeros(numbers.shape, 'M8[s]'),
            'a record': np.zeros(numbers.shape, [('a', 'f4'), ('b', 'O')]).astype([('a', 'f4'), ('b', 'f4')]),
            'transposed': numbers.T, 'texts of no length': np.zeros(numbers.shape, 'S')}


def exchanged() -> list[Case]:
    """Whole files in which one array is something else, or missing, or more are there."""
    cases = []
    for kind, (write, arrays) in WRITERS.items():
        for name, array in arrays.items():
            for what, other in others(array).items():
                content = npz(**{key: value for key, value in (arrays | {name: other}).items() if value is not None})
                told = 'not finite numbers' if kind == 'snapshot' and what in NEVER_LOADED else None
                cases.append(Case(f'{name} of {kind} is {what}', made(write, content), told=told))
        cases.append(Case(f'{kind} and more', made(write, npz(**arrays, more=np.ones(9)))))
    texts = ('{}', '[1, 2]', '["a"]', '[null, "b"]', '[' * 100_000, '9' * 9999, 'NaN', '["a", "a"]', '["\\ud800", "b"]')
    return cases + [Case(f'texts are {text[:20]}', made(write_texts, npz(**TEXTS | {
        'texts': np.frombuffer(text.encode(), np.uint8)}))) for text in texts]


def member(descr: str, shape: str, data: bytes = b'', version: int = 1) -> bytes:
    """A member of an npz file with a header made by hand."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b'\x93NUMPY' + bytes((version, 0)) + struct.pack('<H' if version == 1 else '<I', len(header)) + header + data


def archive(content: bytes, name: str = 'layer/W.npy', kind: int = zipfile.ZIP_DEFLATED, **given) -> bytes:
    """A zip file of one member; ``given``: what the directory says of it in place of what is true."""
    # Python 3.11 takes an empty name only so.
    stream, entry = io.BytesIO(), zipfile.ZipInfo(name)
    entry.compress_type = kind
    with zipfile.ZipFile(stream, 'w') as file:
        file.writestr(entry, content)
        for field, value in given.items():
            setattr(file.infolist()[0], field, value)
    return stream.getvalue()


def headers() -> list[Case]:
    """Headers that claim far more than there is, or what is no array; zip files that grow far beyond their size."""
    shapes = (f'({HUGE},)', f'({2 ** 20}, {2 ** 20})', '(9999999999999999999999,)', '(-1,)', '(-5, -5)', '(0,)', '()',
              '(10 ** 9,)', '[3]', '(3.5,)', '(True,)', '("3",)', '3', '(' * 2000, '(1,) * 1000', f'({"1, " * 2000})')
    kinds = "'<f4'", "'|O'", "'|V8'", "'<U100000'", "'<f3'", "'<S0'", "[('a', '|O')]", "'<M8[s]'", '3', "'f4' " * 900
    contents = {f'shape {shape[:20]} of {kind[:20]}, {len(data)} bytes, {version}': member(kind, shape, data, version)
                for shape in shapes for kind in kinds[:3] for data in (b'', bytes(24)) for version in (1, 2)}
    contents |= {f'{kind[:20]}, version {version}': member(kind, '(2, 3)', bytes(24), version)
                 for kind in kinds for version in (1, 2, 3, 9)}
    cases = [Case(f'{name}, {kind}', made(write, archive(content)), told='npz' if kind == 'snapshot' else None)
             for name, content in contents.items() for kind, (write, _) in WRITERS.items()]
    bombs = {'a stored file that claims more': archive(member("'<f4'", f'({HUGE},)'), kind=zipfile.ZIP_STORED,
                                                       file_size=4 * HUGE, compress_size=4 * HUGE),
             'another compression': archive(member("'<f4'", '(0,)'), kind=zipfile.ZIP_LZMA)}
    names = '../layer/W.npy', '/layer/W.npy', 'layer/W', '', 'a\nb.npy', '\x1b[2J.npy', 'x' * 60_000
    bombs |= {f'a member called {name[:20]!r}': archive(member("'<f4'", '(0,)'), name) for name in names}
    cases += [Case(f'{name}, {kind}', made(write, content), told='.npz') for name, content in bombs.items()
              for kind, (write, _) in WRITERS.items()]
    for kind, (write, _) in WRITERS.items():
        cases += [Case(f'a bomb called {name}, {kind}', lambda directory, write=write, name=name: write(
            directory, bomb(name)), told='claims to hold') for name in ('layer/W', 'texts')]
    return cases


@functools.cache
def bomb(name: str) -> bytes:
    """A small file with an array of 128 MB."""
    return archive(member("'<f4'", f'({2 ** 25},)', bytes(2 ** 27)), f'{name}.npy')


def harm() -> list[Case]:
    """Arrays of objects: pickles that would execute something."""
    thing = type('Harm', (), {'__reduce__': lambda _: (os.system, (f'touch {CANARY}',))})()
    cases = []
    for kind, (write, arrays) in WRITERS.items():
        for name in arrays:
            content = npz(**arrays | {name: np.array([thing, thing], object)})
            cases.append(Case(f'{name} of {kind} runs something', made(write, content), told='array of object'))
        stream = io.BytesIO()
        np.save(stream, np.array([thing], object))
        for content in (stream.getvalue(), stream.getvalue()[:-3]):
            cases.append(Case(f'{kind} is an npy file that runs something', made(write, content), told='npz'))
    return cases


def made(write, content):
    return lambda directory: write(directory, content)


TABLES = {'damaged': damaged, 'exchanged': exchanged, 'headers': headers, 'harm': harm}


@pytest.mark.parametrize('table', TABLES)
def test_arrays(table, tmp_path):
    check(TABLES[table](), tmp_path)


def test_whole_arrays_are_read(tmp_path):
    for write, arrays in WRITERS.values():
        write(tmp_path, npz(**arrays))()
