"""Damaged files and bodies from a browser: each is answered, if only by one line that says what is wrong."""
import importlib.util
import json
import random

import pytest
from damages import damages
from samples_made import encoded

pytestmark = pytest.mark.skipif(importlib.util.find_spec('httpx2') is None, reason='httpx2 is not installed')
FILES = {'PNG': {}, 'JPEG': {}, 'WEBP': {}, 'GIF': {}}
STRANGE = [None, True, -1, 2 ** 70, 0.5, 1e308, '', 'x', '\x00', '\ud800', '../../etc/passwd', '/dev/zero',
           'file:///etc', [], [[]], {}, {'size': 2 ** 40, 'classes': ''}, {'size': 8, 'classes': 'é'}, {'size': 8},
           '#12345', '#ABCDEF']


@pytest.fixture(scope='module')
def client(tmp_path_factory):
    from starlette.testclient import TestClient

    from spade_anime.page.app import make_app
    from spade_anime.page.collection import Collection
    from spade_anime.page.desk import Desk
    from spade_anime.page.generators import Generators
    from spade_anime.page.studio import Studio
    from spade_anime.page.trainings import Training
    place = tmp_path_factory.mktemp('page')
    collection, studio = Collection(place / 'data'), Studio(Generators(place / 'runs', None, 'cpu'), [])
    app = make_app(studio, Desk(collection, studio), Training(collection, place / 'runs'))
    return TestClient(app, base_url='http://127.0.0.1:7860')


def answered(answer):
    """An answer that a page can use: no status of 500, and one line that is no traceback."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and answer.headers['content-type'] == 'application/json':
        told = answer.json()['error']
        assert told and '\n' not in told and 'Traceback' not in told
    return answer.status_code


@pytest.mark.parametrize('kind', FILES)
@pytest.mark.parametrize('path', ['read_label', 'drawing'])
def test_damaged_pictures(client, kind, path):
    name = client.get('/api/state').json()['generators'][-1]
    for content in damages(encoded('label', kind, **FILES[kind]), 5, repeats=1).values():
        answered(client.post(f'/api/{path}', params={'name': name, 'size': 32, 'file': 'x.png'}, content=content))


def test_damaged_bodies(client):
    name = client.get('/api/state').json()['generators'][-1]
    whole = json.dumps({'generator': name, 'seed': 1, 'values': {'color': '#102030'}}).encode()
    for path in ('paint', 'label', 'data', 'sample', 'training'):
        for content in damages(whole, 7, repeats=1).values():
            answered(client.post(f'/api/{path}', content=content))


def test_strange_values(client):
    name, draw = client.get('/api/state').json()['generators'][-1], random.Random(3)
    keys = 'generator', 'seed', 'samples', 'factor', 'values', 'label', 'number', 'do', 'iterations'
    for path in ('paint', 'label', 'data', 'sample', 'training'):
        for _ in range(25):
            asked = {'generator': name} | {key: draw.choice(STRANGE) for key in draw.sample(keys, 3)}
            if draw.random() < 0.5:
                asked['values'] = {draw.choice(('label', 'color', 'fit')): draw.choice(STRANGE)}
            answered(client.post(f'/api/{path}', content=json.dumps(asked)))


def test_strange_addresses(client):
    for path in ('generator', 'example', 'draft', 'drawing', 'training_picture'):
        for value in map(str, STRANGE[4:]):
            value = value.encode(errors='replace').decode()
            assert answered(client.get(f'/api/{path}', params={'name': value, 'number': value, 'size': value})) >= 400
