"""What the server answers to a page that asks as it should."""
import io
import json

import numpy as np
import pytest
from from_systems import skip_without
from page_client import as_label
from PIL import Image

from spade_anime.finding import FIRST, PRETRAINED
from spade_anime.generator import load
from spade_anime.page.generators import BUNDLED, Generators


def picture(response):
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


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
    found = picture(client.post('/api/paint', json=asked))
    label = np.full((64, 64, 3), (255, 255, 0), np.uint8)
    label[16:48, 16:48] = 0, 0, 255
    painted = load(PRETRAINED / FIRST, device='cpu').paint(label=label, colors='hair=#d04080', seed=3)
    assert (np.asarray(found) == painted[0]).all()


def test_a_picture_tells_what_it_was_painted_from(client, asked):
    texts = picture(client.post('/api/paint', json=asked)).text
    assert texts['seed'] == '3' and texts['generator'] == BUNDLED
    assert json.loads(texts['painted from']) == {'colors/hair': '#d04080'}


def test_variations_come_below_one_another(client, asked):
    found = np.asarray(picture(client.post('/api/paint', json=asked | {'samples': 3}))).reshape(3, 128, 128, 3)
    assert len({one.tobytes() for one in found}) > 1


def test_two_and_four_times_its_size(client, asked):
    response = client.post('/api/paint', json=asked | {'factor': 2})
    assert picture(response).size == (256, 256) and 'x-enlarged' not in response.headers


def test_what_cannot_be_painted_larger_is_enlarged_and_said(client, asked, monkeypatch):
    monkeypatch.setattr('spade_anime.page.studio.at_size', lambda *_: 0)
    response = client.post('/api/paint', json=asked | {'factor': 4})
    assert picture(response).size == (512, 512) and response.headers['x-enlarged'] == 'true'


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
