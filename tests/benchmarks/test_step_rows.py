"""Rows of the step benchmark, and the file they are kept in."""
import csv
from types import SimpleNamespace

import pytest

from benchmarks import table, train_step
from benchmarks.floor import Work
from benchmarks.sides import Settings

OLD = ('date,machine,versions,batch,image_size,ngf,side,step,median_s,p20_s,p80_s,peak_mb,ratio\n'
       '2026-11-22,a,b,1,256,64,chainer,generator,1.3,1.2,1.4,1235,1.286\n')


def row(side='captured', failure='', seconds=None, memory=None, work=None, step='iteration', **settings):
    settings = Settings(**({'batch': 8, 'size': 256, 'ngf': 64, 'precision': 'fp16', 'gpu': True} | settings))
    worker = SimpleNamespace(name=side, failure=failure, note='')
    results = {'memory': memory or {}, 'launches': {('captured', 'iteration'): (900, 1)},
               'limits': table.limits_of(work, 1e9, 1e12)}
    return table.step_row({'date': 'today'}, settings, worker, step, {side: [], **(seconds or {})}, results)


def test_a_row_compares_with_the_peer():
    found = row(seconds={'captured': [0.1, 0.2, 0.3], 'pytorch': [0.4, 0.4, 0.4]},
                memory={'captured': 300.0, 'pytorch': 400.0}, work=[Work('copy', 10 ** 8, 10 ** 9)])
    assert (found['median_s'], found['ratio'], found['memory_ratio']) == (0.2, 0.5, 0.75)
    assert (found['images_per_s'], found['kernels'], found['host_launches']) == (40, 900, 1)
    assert (found['floor_s'], found['percent_of_floor'], found['gflop'], found['gbytes']) == (0.1, 50, 1, 0.1)


def test_the_floor_is_that_of_an_iteration():
    found = row(step='generator', seconds={'captured': [0.2]}, work=[Work('copy', 10 ** 8)])
    assert found['floor_s'] == found['percent_of_floor'] == ''


def test_a_side_that_fails_has_a_row_that_says_so():
    found = row('pytorch', failure='OutOfMemoryError: CUDA out of memory', memory={'pytorch': None})
    assert found['median_s'] == found['ratio'] == found['peak_mb'] == ''
    assert 'not measured: OutOfMemoryError' in table.line_of(found)


@pytest.mark.parametrize('memory, said', [(23_999.0, 'met'), (24_001.0, 'missed')])
def test_one_row_tells_of_the_goal_for_memory(memory, said):
    settings = {'seconds': {'captured': [1.0]}, 'memory': {'captured': memory}}
    assert row(batch=32, **settings)['note'] == f'goal of 24000 MB {said}'
    assert row(batch=8, **settings)['note'] == row(batch=32, precision='tf32', **settings)['note'] == ''


def test_a_peer_that_is_not_frozen_is_named():
    assert 'weight gradients' in row('pytorch', seconds={'pytorch': [1.0]}, peer_unfrozen=True)['note']


def test_old_files_get_the_new_columns_behind_their_own(tmp_path):
    path = tmp_path / 'train_step.csv'
    path.write_text(OLD)
    table.append([row(seconds={'captured': [0.2]})], path)
    table.append([{'date': 'later'}], path)
    text = path.read_text().splitlines()
    assert text[0].startswith(OLD.splitlines()[0] + ',precision,')
    with open(path, newline='') as file:
        old, new, last = csv.DictReader(file)
    assert (old['peak_mb'], old['note'], new['side'], last['side']) == ('1235', '', 'captured', '')


@pytest.mark.parametrize(('median', 'status'), [(0.5, 0), ('', 1)])
def test_a_side_that_fails_is_the_exit_status(monkeypatch, tmp_path, median, status):
    monkeypatch.setattr(train_step, 'measure', lambda *_: [{'median_s': 0.1}, {'median_s': median}])
    monkeypatch.setattr(train_step.table, 'line_of', str)
    assert train_step.main(['--batch_size', '1', '--out', str(tmp_path / 'rows.csv')]) == status
