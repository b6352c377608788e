"""Requests from elsewhere, and requests that are wrong, get a clear 4xx."""
import pytest
from page_client import app_of
from starlette.testclient import TestClient

from spade_anime.page import guard
from spade_anime.page.generators import BUNDLED


@pytest.mark.parametrize('host', ['evil.example', 'localhost.evil.example', '', '192.168.0.9:7860', '[::', 'a@evil:1'])
def test_a_name_that_is_not_the_servers_is_refused(client, host):
    """A site whose name is resolved to this machine: DNS rebinding."""
    answer = client.get('/api/state', headers={'host': host})
    assert answer.status_code == 403 and answer.json()['error'].startswith('Host: ')


@pytest.mark.parametrize('host', ['localhost:7860', '127.0.0.1:7860', '[::1]:7860'])
def test_names_of_this_machine_are_answered(client, host):
    assert client.get('/api/state', headers={'host': host}).status_code == 200


def test_at_an_address_of_the_network_addresses_are_answered_and_names_are_not(studio):
    client = TestClient(app_of(studio, host='0.0.0.0'), base_url='http://192.168.0.9:7860')
    assert client.get('/api/state').status_code == 200
    assert client.get('/api/state', headers={'host': 'evil.example'}).status_code == 403


@pytest.mark.parametrize('headers', [{'origin': 'http://evil.example'}, {'origin': 'null'}, {'origin': 'http://[::'},
                                     {'origin': 'http://127.0.0.1:1'}, {'sec-fetch-site': 'cross-site'},
                                     {'sec-fetch-site': 'same-site'}])
def test_another_page_is_refused(client, asked, headers):
    """A form or a script of another site: CSRF."""
    assert client.post('/api/paint', json=asked, headers=headers).status_code == 403


def test_this_page_is_answered(client, asked):
    headers = {'origin': 'http://127.0.0.1:7860', 'sec-fetch-site': 'same-origin'}
    assert client.post('/api/paint', json=asked, headers=headers).status_code == 200


def test_bodies_that_are_too_large_are_refused(client, monkeypatch):
    monkeypatch.setattr(guard, 'MOST_BYTES', 1000)
    assert client.post('/api/paint', content=bytes(1001)).status_code == 413
    assert client.post('/api/paint', content=iter([bytes(600), bytes(600)])).status_code == 413
    assert client.post('/api/paint', content=b'{}', headers={'content-length': '1' * 400}).status_code == 413


@pytest.mark.parametrize(('path', 'status'), [
    ('/api/nothing', 404), ('/static/../paint.py', 404), ('/static/%2e%2e/%2e%2e/page/app.py', 404),
    ('/api/generator', 404), ('/api/generator?name=../../etc/passwd', 404), ('/api/generator?name=/etc/passwd', 404),
    (f'/api/example?name={BUNDLED}&number=-1&size=64', 400), (f'/api/example?name={BUNDLED}&number=99&size=64', 404),
    (f'/api/example?name={BUNDLED}&number=0&size=99999', 400), ('/api/example', 400), ('/api/paint', 405)])
def test_paths_that_lead_nowhere(client, path, status):
    assert client.get(path).status_code == status


@pytest.mark.parametrize(('change', 'told'), [
    ({'generator': '/etc/passwd'}, 'generator: '), ({'generator': 7}, 'generator: '), ({'seed': -1}, 'seed: '),
    ({'seed': 0.5}, 'seed: '), ({'samples': 17}, 'samples: '), ({'factor': 5}, 'factor: '),
    ({'samples': True}, 'samples'), ({'values': []}, 'values: '), ({'values': {'fit': 'pad'}}, "'fit' is no control"),
    ({'values': {}}, '--label'),
    ({'values': {'label': '/etc/passwd'}}, 'label: '), ({'values': {'label': {'size': 2}}}, 'label: '),
    ({'values': {'label': {'size': 1, 'classes': 'BQ=='}}}, 'has class 5'),
    ({'values': {'label': {'size': 10 ** 9, 'classes': ''}}}, 'size: '),
    ({'values': {'label': {'size': 1, 'classes': 'A'}}}, 'label: '),
    ({'values': {'colors/hair': '/etc/passwd'}}, 'colors/hair: '),
    ({'values': {'colors/hair': 'x.png'}}, 'colors/hair: ')])
def test_wrong_values_are_named(client, asked, change, told):
    answer = client.post('/api/paint', json=asked | change)
    assert 400 <= answer.status_code < 500 and told in answer.json()['error']
    assert '\n' not in answer.json()['error']


@pytest.mark.parametrize('body', [b'', b'{', b'[]', b'7', b'\xff', b'[' * 10 ** 5, b'{"generator": "\\ud800"}'])
def test_bodies_that_are_no_request(client, body):
    assert 400 <= client.post('/api/paint', content=body).status_code < 500
