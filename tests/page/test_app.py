"""What the server answers to a page that asks as it should."""
import io
import json

import numpy as np
import pytest
from from_systems import skip_without
from page_client import ADDRESS, app_of, as_label
from PIL import Image
from starlette.testclient import TestClient

from spade_anime.finding import FIRST, PRETRAINED
from spade_anime.generator import load
from spade_anime.page.generators import BUNDLED, Generators


def picture(response):
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def pixels(response):
    """Pictures (N, S, S, 3) as a canvas gets them, and what is told of them."""
    assert response.status_code == 200, response.text
    told = json.loads(response.headers['x-painted'])
    found = np.frombuffer(response.content, np.uint8).reshape(-1, told['size'], told['size'], 4)
    assert (found[..., 3] == 255).all() and len(found) == len(told['names'])
    return found[..., :3], told


def test_the_page_is_there(client):
    page = client.get('/')
    assert page.status_code == 200 and page.headers['content-type'].startswith('text/html')
    assert "default-src 'self'" in page.headers['content-security-policy']


def test_it_tells_what_a_generator_takes(client):
    name = client.get('/api/state').json()['generators'][0]
    told = client.get('/api/generator', params={'name': name}).json()
    kinds = {control['key']: control['kind'] for control in told['controls']}
    assert kinds['label'] == 'map' and kinds['colors/hair'] == kinds['colors/eye'] == 'color'
    assert told['hair'] == 'hair' and told['size'] == 128 and told['background'] == 4
    assert told['classes'][2] == {'name': 'hair', 'color': '#0000ff'}


def test_it_paints_what_the_package_paints(client, asked):
    found = picture(client.post('/api/picture', json=asked))
    label = np.full((64, 64, 3), (255, 255, 0), np.uint8)
    label[16:48, 16:48] = 0, 0, 255
    painted = load(PRETRAINED / FIRST, device='cpu').paint(label=label, colors='hair=#d04080', seed=3)
    assert (np.asarray(found) == painted[0]).all()
    looked_at, told = pixels(client.post('/api/paint', json=asked))
    assert (looked_at == painted).all() and told == {'names': ['label'], 'size': 128, 'enlarged': False}


def test_a_picture_tells_what_it_was_painted_from(client, asked):
    texts = picture(client.post('/api/picture', json=asked)).text
    assert texts['seed'] == '3' and texts['generator'] == BUNDLED
    assert json.loads(texts['painted from']) == {'colors/hair': '#d04080'}


def test_variations_come_one_after_the_other(client, asked):
    found, told = pixels(client.post('/api/paint', json=asked | {'samples': 3}))
    assert len(told['names']) == 3 and len({one.tobytes() for one in found}) > 1


def test_two_and_four_times_its_size(client, asked):
    _, told = pixels(client.post('/api/paint', json=asked | {'factor': 2}))
    assert told['size'] == 256 and not told['enlarged']


def test_what_cannot_be_painted_larger_is_enlarged_and_said(client, asked, monkeypatch):
    monkeypatch.setattr('spade_anime.page.studio.at_size', lambda *_: 0)
    _, told = pixels(client.post('/api/paint', json=asked | {'factor': 4}))
    assert told['size'] == 512 and told['enlarged']


def test_on_the_way_from_one_sentence_to_another_there_are_several(of_texts):
    client = TestClient(app_of(of_texts), base_url=ADDRESS)
    asked = {'generator': 'texts', 'seed': 5, 'values': {'text': 'pink hair', 'to': 'blue hair', 'steps': 5}}
    found, told = pixels(client.post('/api/paint', json=asked))
    assert told['names'] == ['0%', '25%', '50%', '75%', '100%']
    first, _ = pixels(client.post('/api/paint', json=asked | {'values': {'text': 'pink hair', 'to': ''}}))
    assert (found[:1] == first).all() and (found[-1:] != first).any()
    strip = picture(client.post('/api/picture', json=asked))
    assert strip.width > 5 * found.shape[1] and json.loads(strip.text['painted from'])['to'] == 'blue hair'


def test_an_example_becomes_a_label_map_and_is_read_again(client):
    query = {'name': BUNDLED, 'number': 2, 'size': 128}
    classes = client.get('/api/example', params=query).content
    assert len(classes) == 128 ** 2 and set(classes) <= set(range(5)) and len(set(classes)) > 2
    square = np.frombuffer(classes, np.uint8).reshape(128, 128)
    label = client.post('/api/label', json={'generator': BUNDLED, 'label': as_label(square)})
    assert picture(label).size == (128, 128)
    again = client.post('/api/read_label', params=query, content=label.content).json()
    assert again['classes'] == as_label(square)['classes'] and again['notes'] == []


def test_a_label_map_in_other_colours_is_refused(client):
    stream = io.BytesIO()
    Image.new('RGB', (32, 32), (90, 90, 90)).save(stream, 'PNG')
    answer = client.post('/api/read_label', params={'name': BUNDLED, 'size': 64}, content=stream.getvalue())
    assert answer.status_code == 422 and 'colours of no class' in answer.json()['error']


@pytest.fixture
def run(tmp_path):
    """A finished run: the generator that comes with the project."""
    skip_without(FIRST)
    place = tmp_path / 'runs' / 'mine'
    (place / 'snapshots').mkdir(parents=True)
    (place / 'options.json').write_text((PRETRAINED / FIRST / 'options.json').read_text())
    (place / 'snapshots' / 'gen_00000001.npz').write_bytes((PRETRAINED / FIRST / 'gen.npz').read_bytes())
    (place / 'condition.json').write_text((PRETRAINED / FIRST / 'condition.json').read_text())
    (place / 'summary.json').write_text('{}')
    return place


def test_finished_runs_are_offered_before_the_one_that_comes_with_it(run):
    generators = Generators(run.parent, None, 'cpu')
    assert generators.names()[:2] == [str(run), BUNDLED]
    with generators.borrowed(str(run)) as generator:
        assert generator.origin.parent == run / 'snapshots'
    (run / 'summary.json').unlink()
    assert generators.names()[0] == BUNDLED and Generators(run.parent, run, 'cpu').names()[:2] == [str(run), BUNDLED]


def test_the_run_of_the_page_is_offered_unfinished_and_loaded_again_when_it_has_gone_on(run):
    run = run.rename(run.parent / 'page')
    (run / 'summary.json').unlink()
    generators = Generators(run.parent, None, 'cpu')
    assert generators.names()[0] == str(run)
    for number in (1, 2):
        with generators.borrowed(str(run)) as generator:
            assert generator.origin.stem == f'gen_{number:08}'
        snapshot = run / 'snapshots' / f'gen_{number + 1:08}.npz'
        snapshot.write_bytes((PRETRAINED / FIRST / 'gen.npz').read_bytes())
        assert generators.names()[0] == str(run)
