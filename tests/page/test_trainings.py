"""A training that the page starts, stops and goes on with: train.py in a process of its own."""
import json
import time

import pytest
from page_client import ADDRESS, app_of
from starlette.testclient import TestClient
from tiny_runs import copy_samples

from spade_anime.page import trainings
from spade_anime.page.collection import Collection
from spade_anime.page.generators import Generators
from spade_anime.page.studio import Studio
from spade_anime.page.trainings import Training

SLEEPER = """
import pathlib, signal, sys, time
out = pathlib.Path(sys.argv[sys.argv.index('--out_dir') + 1])
out.mkdir(exist_ok=True)
(out / 'called').write_text(' '.join(sys.argv[1:]))
print('half\\rdone', flush=True)
signal.signal(signal.SIGTERM, lambda *_: (print('Stopped by SIGTERM'), sys.exit(143)))
time.sleep(60)
"""


@pytest.fixture
def studio(tmp_path):
    return Studio(Generators(tmp_path / 'runs', None, 'cpu'), [])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'runs').mkdir()
    return Collection(copy_samples(tmp_path / 'data', 4))


def script(tmp_path, monkeypatch, text):
    (tmp_path / 'train.py').write_text(text)
    monkeypatch.setattr(trainings, 'SCRIPT', tmp_path / 'train.py')


def until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_it_starts_once_is_stopped_and_goes_on(folder, studio, tmp_path, monkeypatch):
    script(tmp_path, monkeypatch, SLEEPER)
    client, called = TestClient(app_of(studio, folder), base_url=ADDRESS), tmp_path / 'runs' / 'page' / 'called'
    try:
        assert client.post('/api/training', json={'do': 'start', 'iterations': 7}).json()['running']
        until(called.exists)
        assert called.read_text().endswith(f'--dataset_dir {folder.dataset} --max_iteration 7')
        assert client.post('/api/training', json={'do': 'start'}).status_code == 400
    finally:
        client.post('/api/training', json={'do': 'stop'})
    until(lambda: not client.get('/api/training').json()['running'])
    assert client.get('/api/training').json()['message'] == ''
    called.unlink()
    client.post('/api/training', json={'do': 'resume'})
    until(called.exists)
    client.post('/api/training', json={'do': 'stop'})
    assert called.read_text().endswith('page --resume')


def test_why_it_cannot_train_is_told(folder, studio, tmp_path, monkeypatch):
    script(tmp_path, monkeypatch,
           "import sys; print('a.py: warning: x'); print('train.py: error: no data'); sys.exit(2)")
    client = TestClient(app_of(studio, folder), base_url=ADDRESS)
    client.post('/api/training', json={'do': 'start'})
    until(lambda: client.get('/api/training').json()['message'])
    assert client.get('/api/training').json()['message'] == 'train.py: error: no data'


def test_progress_pictures_and_time_left_come_from_the_run(folder, tmp_path):
    training = Training(folder, tmp_path / 'runs')
    for name in ('samples', 'plots'):
        training.run.folder(name).mkdir(parents=True)
    (training.run.folder('samples') / 'iteration_00000005.png').write_bytes(b'old')
    (training.run.folder('samples') / 'iteration_00000010.png').write_bytes(b'new')
    (training.run.folder('plots') / 'gen.png').write_bytes(b'curves')
    training.run.options.write_text(json.dumps({'max_iteration': 100}))
    lines = [{'iteration': k, 'iterations_per_second': 2} for k in (5, 10)]
    training.run.log.write_text(''.join(json.dumps(line) + '\n' for line in lines) + '{"iterat')
    state = training.state()
    assert (state['iteration'], state['iterations'], state['seconds_left']) == (10, 100, None)
    assert set(state['pictures']) == {'samples', 'gen'}
    assert training.picture({'name': 'samples'}) == b'new'


@pytest.mark.parametrize('name', ['../options.json', '', 'gen.png', '/etc/passwd'])
def test_other_files_are_not_given(folder, studio, name):
    client = TestClient(app_of(studio, folder), base_url=ADDRESS)
    assert client.get('/api/training_picture', params={'name': name}).status_code == 404


@pytest.mark.parametrize('body', [{'do': 'delete'}, {}, {'do': 'start', 'iterations': -1}, {'do': ['start']}])
def test_other_orders_are_refused(folder, studio, body):
    client = TestClient(app_of(studio, folder), base_url=ADDRESS)
    assert client.post('/api/training', json=body).status_code == 400
    assert not client.get('/api/training').json()['running']


def test_without_data_nothing_is_trained(studio, tmp_path):
    client = TestClient(app_of(studio), base_url=ADDRESS)
    answer = client.post('/api/training', json={'do': 'start'})
    assert answer.status_code == 400 and '--data' in answer.json()['error']
