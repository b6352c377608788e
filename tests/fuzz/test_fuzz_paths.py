"""Tricks with paths: names that lead out, links, loops, pipes, devices, strange names; in tables and on disk."""
import json
import os
import pickle
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from samples_made import COUNT, encoded, idx, table, write_dataset, write_mat, write_pictures
from test_fuzz_tables import (
    CALLS,
    IMAGES,
    LABELS,
    SIZE,
    classes_of,
    find_embeddings,
    metadata_calls,
    open_attributes,
    read_captions,
    read_published,
    write_idx,
    write_pickle,
)
from watch import Case, check

from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.conditions.label_color.inputs import read_inputs
from spade_anime.conditions.label_color.reading import list_labels, read_color, read_label
from spade_anime.data.checking import check_dataset
from spade_anime.runs.weights import read_arrays

OUTSIDE = (
    '../outside/secret.png', '../outside/secret.jpg', './../outside/secret.png', 'x/../../outside/secret.png', '/',
    '../../../../../../../../../../etc/passwd', '/etc/passwd', '/etc/hostname', '/proc/self/environ', '/dev/zero', '..',
    '/dev/stdin', '/dev/random.png', '//etc/passwd', '~/.ssh/id_rsa', 'link.png', 'folder/secret.png', '.', '', ' ',
    'folder/../link.png', 'loop.png', 'pipe.png', 'zero.png', '0.png/..', 'C:\\secret.png', '..\\outside\\secret.png',
    '\\\\server\\secret.png', 'file:///etc/passwd', 'http://localhost/a.png', '%2e%2e/outside/secret.png', '\0',
    '..%2foutside/secret.png', '0.png\0.txt', 'a\nb.png', 'a\r.png', '\x1b[31m.png', '\ud800.png', 'x' * 300 + '.png',
    'x/' * 3000 + '.png', '../' * 3000 + 'etc/passwd.png', '.hidden.png', 'gone.png', 'metadata.jsonl', 'con.png',
    '*.png', '$HOME/x.png', '`touch canary`.png', '$(touch canary).png', '; touch canary;.png', '-rf.png', '--help.png')
UNICODE = (
    'ü.png', 'u\u0308.png', '\U0001f984.png', 'ｐｎｇ.png', '髪の色.png', 'a b.png', ' .png', 'a..png', '.png.png',
    'ﬁ.png', 'İ.png', '\u202egnp.png', 'é\u0301.png', "it's.png", '"quoted".png', 'a#b?.png', 'A.PNG', 'a\u00a0b.png')


def lay_out(directory: Path) -> Path:
    """Pictures, and beside them links that lead out, a loop, a pipe and a device."""
    write_pictures(directory)
    (directory / 'link.png').symlink_to('../outside/secret.png')
    (directory / 'folder').symlink_to('../outside')
    (directory / 'loop.png').symlink_to('loop.png')
    (directory / 'zero.png').symlink_to('/dev/zero')
    os.mkfifo(directory / 'pipe.png')
    return directory


def names_in_metadata() -> list[Case]:
    """Each name in a row of metadata.jsonl, for each thing that is read from there."""
    def prepared(name, call):
        def prepare(directory):
            row = {'file_name': name, 'hair': 'x', 'caption': 'x', 'attributes': {'a': True}}
            (lay_out(directory) / 'metadata.jsonl').write_text(json.dumps(row))
            return metadata_calls(directory)[call]
        return prepare
    return [Case(f'{name[:30]!r} in metadata.jsonl for {call}', prepared(name, call), told='line 1')
            for name in OUTSIDE for call in CALLS]


def names_in_tables() -> list[Case]:
    """Each name in a CSV file, in MATLAB's files, and in the published pickles."""
    def in_csv(name):
        def prepare(directory):
            cell = '"' + name.replace('"', '""') + '"'
            (lay_out(directory) / 'table.csv').write_bytes(f'file,a\n{cell},1\n'.encode(errors='surrogatepass'))
            return lambda: open_attributes(directory, directory / 'table.csv', SIZE)
        return prepare

    def in_mat(name):
        def prepare(directory):
            from scipy.io import savemat
            write_mat(lay_out(directory))
            rows = [[name]] + [[f'{i}.png'] for i in range(1, COUNT)]
            savemat(directory / 'images.mat', {'images': np.array(rows, object)})
            return lambda: open_attributes(directory, directory, SIZE)
        return prepare

    def in_pickle(name):
        def prepare(directory):
            names = [str(i) for i in range(COUNT - 1)]
            write_dataset(lay_out_links(directory))
            return write_pickle('filenames.pickle')(directory, pickle.dumps([*names, name.removesuffix('.png')], 2))
        return prepare

    pytest.importorskip('scipy')
    return [Case(f'{name[:30]!r} in {kind}', prepare(name)) for name in OUTSIDE
            for kind, prepare in (('CSV', in_csv), ('pickle', in_pickle), ('MATLAB', in_mat))
            if kind != 'MATLAB' or name.strip() and '\ud800' not in name and len(name) < 1000]


def lay_out_links(directory):
    lay_out(directory)
    (directory / 'text_c10').symlink_to('../outside')
    return directory


def names_on_disk() -> list[Case]:
    """Files of strange names, listed as strips, named by a table in this or the other normal form, and painted from."""
    def strips(name):
        def prepare(directory):
            (directory / name).write_bytes(encoded('strip', 'PNG'))
            return lambda: check_dataset(open_dataset(directory, SIZE), workers=0)
        return prepare

    def named(name, form):
        def prepare(directory):
            (directory / name).write_bytes(encoded('strip', 'PNG'))
            row = {'file_name': unicodedata.normalize(form, name), 'hair': 'x'}
            (directory / 'metadata.jsonl').write_text(json.dumps(row, ensure_ascii=form == 'NFC'), encoding='utf-8')
            return lambda: classes_of(directory)
        return prepare

    def labels(name):
        def prepare(directory):
            (directory / name).write_bytes(encoded('label', 'PNG'))
            return lambda: read_inputs(str(directory), '', SIZE, 0)
        return prepare

    cases = []
    for name in (*UNICODE, 'a\nb.png', '\x1b[2J.png', 'a\tb.png', '\udcff.png', 'x' * 250 + '.png'):
        cases += [Case(f'{name[:30]!r} as strip', strips(name)), Case(f'{name[:30]!r} as label', labels(name))]
        if '\udcff' not in name:
            cases += [Case(f'{name[:30]!r} named in {form}', named(name, form)) for form in ('NFC', 'NFD', 'NFKC')]
    return cases


def replaced(path: Path, kind: str) -> None:
    """Put something that is no plain file of the data set in the place of a file or folder."""
    if path.is_dir() and not path.is_symlink():
        for child in path.iterdir():
            child.unlink()
        path.rmdir()
    path.unlink(missing_ok=True)
    {'a directory': path.mkdir, 'a pipe': lambda: os.mkfifo(path), 'a loop': lambda: path.symlink_to(path.name),
     '/dev/zero': lambda: path.symlink_to('/dev/zero'), 'nothing': lambda: None, 'empty': path.touch,
     'a link to nothing': lambda: path.symlink_to('gone'), 'the directory above': lambda: path.symlink_to('..'),
     'a link out': lambda: path.symlink_to(path.parent.parent / 'outside' / 'secret.txt'),
     'a link to a folder outside': lambda: path.symlink_to(path.parent.parent / 'outside'),
     'a sparse terabyte': lambda: os.truncate(os.open(path, os.O_CREAT | os.O_WRONLY), 2 ** 40)}[kind]()


KINDS = ('a directory', 'a pipe', 'a loop', '/dev/zero', 'nothing', 'empty', 'a link to nothing', 'the directory above',
         'a link out', 'a link to a folder outside', 'a sparse terabyte')


def folders(directory: Path) -> Path:
    """The folders image, label and color."""
    for part, content in (('image', 'image'), ('label', 'label'), ('color', 'image')):
        (directory / part).mkdir()
        (directory / part / '0.png').write_bytes(encoded(content, 'PNG'))
    return directory


def classes_as_folders(directory: Path) -> Path:
    """A folder for a class."""
    (directory / 'pink').mkdir()
    (directory / 'pink' / '0.png').write_bytes(encoded('image', 'PNG'))
    return directory


def write_pair(directory: Path) -> Path:
    """A pair of IDX files."""
    write_idx(LABELS)(directory, idx(np.arange(COUNT)))
    return directory


def write_table(directory: Path) -> Path:
    """Pictures and a CSV file."""
    (write_pictures(directory) / 'table.csv').write_bytes(table())
    return directory


def write_npz(directory: Path) -> Path:
    """A snapshot."""
    np.savez(directory / 'gen.npz', W=np.ones(3))
    return directory


def captions_of(directory: Path) -> list:
    """Read captions as the system that uses them does."""
    found = find_embeddings(directory)
    return read_published(directory, found) if found else read_captions(directory)


LABEL = np.ones((4, SIZE, SIZE), np.float32)
PLACES = {
    **{f'{name} in a data set': (write_dataset, name, lambda place: captions_of(place))
       for name in ('filenames.pickle', 'class_info.pickle', 'char-CNN-RNN-embeddings.pickle', '0.png', 'text_c10')},
    **{f'metadata.jsonl for {call}': (write_dataset, 'metadata.jsonl', lambda place, call=call:
                                      metadata_calls(place)[call]()) for call in CALLS},
    **{f'{name} as a part': (folders, name, lambda place: check_dataset(open_dataset(place, SIZE), workers=0))
       for name in ('image', 'label', 'color', 'image/0.png', 'label/0.png', 'color/0.png')},
    **{f'{name} of classes': (classes_as_folders, name, lambda place: classes_of(place, ''))
       for name in ('pink', 'pink/0.png')},
    **{f'{name} as IDX': (write_pair, name, lambda place: classes_of(place, '')) for name in (LABELS, IMAGES)},
    **{f'{name} of MATLAB': (lambda place: write_mat(write_pictures(place)), name, lambda place: open_attributes(
        place, place, SIZE)) for name in ('images.mat', 'attributes.mat', 'attributeLabels_continuous.mat')},
    'a CSV file': (write_table, 'table.csv', lambda place: open_attributes(place, place / 'table.csv', SIZE)),
    'a strip': (write_pictures, '0.png', lambda place: check_dataset(open_dataset(place, SIZE), workers=0)),
    'a label': (write_pictures, '0.png', lambda place: read_label(list_labels(place / '0.png')[0], SIZE)),
    'labels': (write_pictures, '0.png', lambda place: read_inputs(str(place), str(place), SIZE, 0)),
    'a colour': (write_pictures, '0.png', lambda place: read_color(str(place / '0.png'), LABEL, SIZE)),
    'a snapshot': (write_npz, 'gen.npz', lambda place: read_arrays(place / 'gen.npz')),
}
NAMED = 'a CSV file', 'a label', 'a colour', 'a snapshot'
"""What the user names himself: a link there leads where he wants it to."""


def places() -> list[Case]:
    """Each file and folder that is read, replaced by what it should not be."""
    def prepared(write, name, call, kind):
        def prepare(directory):
            write(directory)
            replaced(directory / name, kind)
            return lambda: call(directory)
        return prepare
    return [Case(f'{place} is {kind}', prepared(*parts, kind)) for place, parts in PLACES.items() for kind in KINDS
            if not (place in NAMED and kind.startswith('a link'))]


TABLES = {'names_in_metadata': names_in_metadata, 'names_in_tables': names_in_tables, 'names_on_disk': names_on_disk,
          'places': places}


@pytest.mark.parametrize('table', TABLES)
def test_paths(table, tmp_path):
    check(TABLES[table](), tmp_path)


def test_a_parts_link_within_the_data_set_is_followed(tmp_path):
    folders(tmp_path)
    (tmp_path / 'image' / '0.png').rename(tmp_path / 'image' / 'kept.bin')
    (tmp_path / 'image' / '0.png').symlink_to('kept.bin')
    check_dataset(open_dataset(tmp_path, SIZE), workers=0)
