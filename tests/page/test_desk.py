"""Drawings of --data: drafts, corrections, and the data set that they become."""
import io

import numpy as np
import pytest
from page_client import ADDRESS, app_of, as_label
from PIL import Image
from starlette.testclient import TestClient

from spade_anime.conditions.label_color.condition import Label
from spade_anime.data.errors import DataError
from spade_anime.data.palette import FIVE
from spade_anime.labelling.marks import save_marked
from spade_anime.page import assistant
from spade_anime.page.collection import Collection
from spade_anime.page.generators import BUNDLED
from spade_anime.page.labels import Examples

CLASSES = np.arange(64)[:, None] * 5 // 64 + np.zeros((1, 64), int)


class Labeller:
    """Stands in for the network: everything is hair, and it is sure of bright drawings."""

    palette = FIVE
    learnt = ()

    def __init__(self):
        self.loaded = []

    def with_palette(self, palette):
        return self

    def label(self, picture, size):
        from spade_anime.labelling.labeller import Labelled
        sure = np.asarray(picture).mean() / 255
        return Labelled(np.full((size, size), 2, np.uint8), np.full((size, size), sure, np.float32))

    def learn(self, pairs, seconds, progress):
        progress(0.5)
        self.learnt = pairs

    def save(self, path):
        path.touch()


@pytest.fixture
def labeller(monkeypatch, tmp_path):
    found = Labeller()
    (tmp_path / 'labeller.npz').touch()
    monkeypatch.setattr(assistant, 'PRETRAINED', tmp_path / 'labeller.npz')
    monkeypatch.setattr(assistant, 'load', lambda path: found.loaded.append(path) or found)
    return found


@pytest.fixture
def folder(tmp_path):
    """Three drawings that are no data set, the second the darkest."""
    place = tmp_path / 'drawings'
    place.mkdir()
    for name, grey, size in (('a', 200, (64, 64)), ('b', 20, (80, 64)), ('c', 120, (64, 64))):
        Image.new('RGB', size, (grey,) * 3).save(place / f'{name}.png')
    return place


def at(folder, studio):
    return TestClient(app_of(studio, Collection(folder)), base_url=ADDRESS)


def draft(client, number):
    return client.get('/api/draft', params={'name': BUNDLED, 'number': number, 'size': 64}).json()


def save(client, number, classes=CLASSES):
    return client.post('/api/data', json={'generator': BUNDLED, 'number': number, 'label': as_label(classes)})


def test_drawings_become_a_data_set_beside_them(folder, studio, labeller):
    client = at(folder, studio)
    state = client.get('/api/data').json()
    assert (state['count'], state['done'], state['names']) == (3, [], ['a', 'b', 'c'])
    assert draft(client, 1)['by'] == 'labeller'
    assert save(client, 1).json()['done'] == [1]
    assert draft(client, 1) == {'classes': as_label(CLASSES)['classes'], 'certainty': 1.0, 'by': 'hand'}
    dataset = Label.open(str(folder / 'labelled'), 64)
    (_, label), = dataset
    assert (FIVE.classes(label) == CLASSES).all() and dataset.names == ['b']
    assert sorted(path.name for path in folder.iterdir()) == ['a.png', 'b.png', 'c.png', 'labelled']


def test_drawings_are_no_examples_to_begin_from(folder, studio):
    """They would be read as strips."""
    assert Examples([str(folder), ''], FIVE).places == []


def test_the_least_certain_comes_next(folder, studio, labeller):
    client = at(folder, studio)
    for number in range(3):
        draft(client, number)
    assert client.get('/api/data').json()['next'] == 1
    assert save(client, 1).json()['next'] == 2


def test_labels_of_a_data_set_are_corrected_in_place(tmp_path, studio, labeller):
    for part in ('image', 'label'):
        (tmp_path / 'set' / part).mkdir(parents=True)
    Image.new('RGB', (96, 64), (9, 9, 9)).save(tmp_path / 'set' / 'image' / 'x.png')
    save_marked(Image.new('RGB', (96, 64), (255, 255, 0)), tmp_path / 'set' / 'label' / 'x.png')
    client = at(tmp_path / 'set', studio)
    assert client.get('/api/data').json()['done'] == []
    assert save(client, 0).json()['done'] == [0]
    assert Image.open(tmp_path / 'set' / 'label' / 'x.png').size == (96, 64)
    assert draft(client, 0)['classes'] == as_label(CLASSES)['classes']
    assert not (tmp_path / 'set' / 'labelled').exists()


@pytest.fixture
def at_once(monkeypatch):
    """What is done in the background is done when it is started; of each the number of its drawings."""
    started = []
    monkeypatch.setattr(assistant.threading, 'Thread', lambda target, args, daemon: started.append(args) or
                        type('', (), {'start': lambda self: target(*args)})())
    return started


def test_it_learns_after_some_corrections(folder, studio, labeller, monkeypatch, at_once):
    monkeypatch.setattr(assistant, 'CORRECTIONS', 2)
    client = at(folder, studio)
    save(client, 0)
    assert not at_once
    save(client, 1)
    assert len(at_once) == 1 and len(labeller.learnt) == 2
    image, label = labeller.learnt[1]
    assert image.size == (64, 64) and (label == CLASSES).all()
    assert client.get('/api/data').json()['learning'] is None
    draft(at(folder, studio), 2)
    assert labeller.loaded[-1] == folder / 'labeller.npz'


def test_the_rest_is_labelled_and_still_to_be_corrected(folder, studio, labeller, at_once):
    client = at(folder, studio)
    save(client, 1)
    by_hand = (folder / 'labelled' / 'label' / 'b.png').read_bytes()
    state = client.post('/api/label_rest', json={'generator': BUNDLED}).json()
    assert state['done'] == [1] and state['labelling'] is None and not state['fault']
    assert (folder / 'labelled' / 'label' / 'b.png').read_bytes() == by_hand
    assert Label.open(str(folder / 'labelled'), 64).names == ['a', 'b', 'c']
    assert (classes_in(folder / 'labelled' / 'label' / 'a.png') == 2).all()
    assert save(client, 0).json()['done'] == [0, 1]


def classes_in(path):
    """Positions of the classes of a label's file."""
    return (np.asarray(Image.open(path))[:, :, None] == FIVE.array).all(axis=3).argmax(axis=2)


def choose(client, number, left, top, side):
    return client.post('/api/crop', json={'generator': BUNDLED, 'number': number, 'left': left, 'top': top,
                                          'side': side})


@pytest.fixture
def wide(folder):
    """Of the drawings b is 80 x 64; its right part is white."""
    picture = Image.open(folder / 'b.png')
    picture.paste((255, 255, 255), (60, 0, 80, 64))
    picture.save(folder / 'b.png')
    return folder


def test_a_square_is_chosen_by_hand_and_remembered(wide, studio, labeller):
    client = at(wide, studio)
    assert client.get('/api/crop?number=1').json() == {
        'size': [80, 64], 'square': {'left': 8, 'top': 0, 'side': 64}, 'croppable': True}
    assert choose(client, 1, 40, 8, 40).json()['square'] == {'left': 40, 'top': 8, 'side': 40}
    client = at(wide, studio)
    shown = Image.open(io.BytesIO(client.get('/api/drawing?number=1').content))
    assert shown.size == (40, 40) and [shown.getpixel((x, 9))[0] for x in (19, 20)] == [20, 255]
    assert Image.open(io.BytesIO(client.get('/api/drawing?number=1&whole=1').content)).size == (80, 64)
    save(client, 1)
    assert Image.open(wide / 'labelled' / 'image' / 'b.png').tobytes() == shown.tobytes()


def test_a_label_made_by_hand_moves_with_its_square(wide, studio, labeller):
    client = at(wide, studio)
    save(client, 1)
    choose(client, 1, 12, 16, 48)
    label = classes_in(wide / 'labelled' / 'label' / 'b.png')
    assert (label == CLASSES[16:, 4:52]).all()
    assert Image.open(wide / 'labelled' / 'image' / 'b.png').size == (48, 48)
    choose(client, 1, 8, 0, 64)
    again = classes_in(wide / 'labelled' / 'label' / 'b.png')
    assert (again[16:, 4:52] == CLASSES[16:, 4:52]).all() and (again[:16] == FIVE.background).all()


@pytest.mark.parametrize(('left', 'top', 'side'), [(0, 0, 65), (17, 0, 64), (0, 0, 8), (-1, 0, 64), (0.5, 0, 64),
                                                  ('0', 0, 64), (2 ** 40, 0, 64)])
def test_squares_that_a_drawing_has_not(wide, studio, labeller, left, top, side):
    assert choose(at(wide, studio), 1, left, top, side).status_code == 400
    assert not (wide / 'crops.json').exists()


@pytest.mark.parametrize('text', ['', '[]', '{"b": 7}', '{"b": [0, 0]}', '{"b": [0, 0, 0.5]}', '[' * 10 ** 5])
def test_damaged_squares_are_one_line(wide, text):
    (wide / 'crops.json').write_text(text)
    with pytest.raises(DataError, match=r'crops\.json: .*allowed is'):
        Collection(wide)


@pytest.mark.parametrize('name', ['../../escape.png', '/etc/passwd', '.hidden', '', 'x' * 300, 'a\nb.png', 'é ü.png'])
def test_a_dropped_drawing_stays_below_the_directory(tmp_path, studio, labeller, name):
    client = at(tmp_path / 'new', studio)
    stream = io.BytesIO()
    Image.new('RGBA', (90, 60), (0, 0, 0, 0)).save(stream, 'PNG')
    before = set(tmp_path.rglob('*'))
    answer = client.post('/api/drawing', params={'file': name}, content=stream.getvalue())
    assert answer.status_code == 200, answer.text
    made, = {path for path in set(tmp_path.rglob('*')) - before if path.is_file()}
    assert made.parent == tmp_path / 'new' / 'drawings' and Image.open(made).getpixel((0, 0)) == (255, 255, 255)
    assert save(client, answer.json()['number']).json()['done'] == [0]
    assert len(Label.open(str(tmp_path / 'new'), 64)) == 1


def test_what_was_painted_becomes_a_sample(tmp_path, studio, labeller, asked):
    client = at(tmp_path / 'new', studio)
    for _ in range(2):
        answer = client.post('/api/sample', json=asked | {'label': as_label(CLASSES)})
        assert answer.status_code == 200, answer.text
    assert Label.open(str(tmp_path / 'new'), 64).names == ['painted', 'painted-2']


def test_without_data_and_without_a_labeller_it_is_said(client, asked, monkeypatch, tmp_path):
    assert save(client, 0).status_code == 400 and '--data' in save(client, 0).json()['error']
    monkeypatch.setattr(assistant, 'PRETRAINED', tmp_path / 'none.npz')
    assert client.get('/api/data').json() == {'labeller': False}


def test_strips_are_a_data_set_to_train_on(tmp_path, studio, labeller, asked):
    Image.new('RGB', (96, 32)).save(tmp_path / 'strip.png')
    client = at(tmp_path, studio)
    assert client.get('/api/data').json()['count'] == 0
    answer = client.post('/api/sample', json=asked | {'label': as_label(CLASSES)})
    assert answer.status_code == 400 and 'strips' in answer.json()['error'] and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize('query', ['number=3&size=64', 'number=x&size=64', 'number=0&size=0', 'number=-1&size=64'])
def test_numbers_that_are_no_drawing(folder, studio, labeller, query):
    answer = at(folder, studio).get(f'/api/draft?name={BUNDLED}&{query}')
    assert answer.status_code in (400, 404)
