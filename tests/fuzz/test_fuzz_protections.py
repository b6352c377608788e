"""The cases notice a protection that is missing; and there are as many of them as are promised."""
import os
import pickle

import pytest
import test_fuzz_arrays
import test_fuzz_options
import test_fuzz_paths
import test_fuzz_pictures
import test_fuzz_runs
import test_fuzz_tables
from from_systems import needs, needs_condition
from samples_made import encoded
from tiny import NETWORKS, SYSTEMS
from watch import Case, faults_of

from spade_anime import arrays, files
from spade_anime.data import images, tables

PROMISED = 2000


@needs(*NETWORKS)
def test_so_many_cases_are_thrown(trained, tmp_path):
    modules = test_fuzz_pictures, test_fuzz_tables, test_fuzz_arrays, test_fuzz_paths
    cases = [case for module in modules for table in module.TABLES.values() for case in table()]
    cases += [case for table in test_fuzz_runs.TABLES.values() for case in table(trained)]
    for system in SYSTEMS:
        cases += test_fuzz_options.single(system, trained) + test_fuzz_options.together(system, trained)
    assert len(cases) >= PROMISED
    assert len({case.name for case in cases}) > 0.9 * len(cases)


def faulty(table, tmp_path, words: str = '') -> str:
    """What is found by the cases of a table whose names have these words, in one text."""
    return '\n'.join(faults_of([case for case in table() if words in case.name], tmp_path))


def test_without_the_limit_of_pixels_bombs_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(images, 'MAX_PIXELS', 10 ** 12)
    assert "has to say 'claims'" in faulty(test_fuzz_pictures.bombs, tmp_path, '9000 x 9000')


@pytest.mark.parametrize('place, table, words', [
    ('data.images', test_fuzz_paths.places, 'a strip is'),
    pytest.param('conditions.text.published', test_fuzz_paths.places, 'text_c10', marks=needs_condition('text')),
    pytest.param('data.metadata', test_fuzz_paths.names_in_metadata, 'captions', marks=needs_condition('text'))])
def test_without_confinement_reading_outside_is_noticed(place, table, words, tmp_path, monkeypatch):
    monkeypatch.setattr(f'spade_anime.{place}.leads_out', lambda *_: False)
    found = faulty(table, tmp_path, words)
    assert 'reads ' in found or "has to say 'line 1', says ''" in found


@needs_condition('classes')
def test_without_the_check_of_files_pipes_and_devices_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, 'file_fault', lambda *_: '')
    monkeypatch.setattr('watch.WAIT', 0.5)
    assert 'still runs' in faulty(test_fuzz_paths.places, tmp_path, 'metadata.jsonl for classes is a pipe')


def test_without_the_limit_of_sizes_bombs_of_arrays_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, '_check_size', lambda *_: None)
    assert "has to say 'claims to hold'" in faulty(test_fuzz_arrays.headers, tmp_path, 'a bomb')


def test_a_pickle_that_runs_something_is_noticed(tmp_path):
    thing = type('Harm', (), {'__reduce__': lambda _: (os.system, ('touch canary',))})()
    case = Case('harm', lambda _: lambda: pickle.loads(pickle.dumps(thing)))
    assert 'starts something: os.system' in '\n'.join(faults_of([case], tmp_path))


def test_writing_elsewhere_is_noticed_and_prevented(tmp_path):
    target = tmp_path / 'elsewhere.png'
    case = Case('writes', lambda _: lambda: target.write_bytes(encoded('image', 'PNG')))
    assert 'writes ' in '\n'.join(faults_of([case], tmp_path))
    assert not target.exists() and not files.leads_out(target, tmp_path)
