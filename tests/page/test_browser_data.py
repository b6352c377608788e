"""Drawings in the browser: dropped, cropped, labelled, trained on."""
import json
import time

import numpy as np
from browser_page import at, served
from from_systems import needs
from PIL import Image
from tiny import COMMON, NETWORKS, flags
from unseen_faces import face

from spade_anime.data.palette import FIVE
from spade_anime.page import assistant, trainings
from spade_anime.page.collection import Collection
from spade_anime.page.generators import Generators
from spade_anime.page.studio import Studio
from spade_anime.page.trainings import SCRIPT

DRAWING = '#drawing'


def test_drawings_of_a_folder_are_labelled(browser, studio, tmp_path):
    for name in ('a', 'b'):
        Image.new('RGB', (80, 80), (240, 200, 180)).save(tmp_path / f'{name}.png')
    with served(studio, Collection(tmp_path)) as address, at(browser, address) as person:
        assert person.page.inner_text('#data-where') == 'Drawing 1 of 2'
        drawing = person.seen(DRAWING)
        person.page.keyboard.press('3')
        person.draws((0.2, 0.2), (0.8, 0.8))
        person.until_another(DRAWING, drawing)
        person.page.click('#data-save')
        person.sees('document.querySelector("#data-where").textContent === "Drawing 2 of 2"')
        assert person.page.inner_text('#data-count') == '1 labelled'
        person.page.set_input_files('#data-add', tmp_path / 'b.png')
        person.sees('document.querySelector("#data-where").textContent === "Drawing 3 of 3"')
    assert not person.faults
    label = np.asarray(Image.open(tmp_path / 'labelled' / 'label' / 'a.png').convert('RGB'))
    assert (label == (0, 0, 255)).all(axis=2).sum() > 1000
    assert sorted(path.name for path in (tmp_path / 'drawings').iterdir()) == ['b-2.png']


def drops(person, path):
    """A file is dragged over the drawing and dropped there, as from a folder's window."""
    session = person.page.context.new_cdp_session(person.page)
    data = {'items': [], 'files': [str(path)], 'dragOperationsMask': 1}
    for kind in ('dragEnter', 'dragOver', 'dragOver', 'drop'):
        session.send('Input.dispatchDragEvent', {'type': kind, 'x': 300, 'y': 300, 'data': data})
        if kind != 'drop':
            # What the page answers to one event decides about the next one.
            person.sees('document.body.classList.contains("dropping")')
            time.sleep(0.1)


def slows(person, method, path):
    """Answers to a request take 0.4 s longer, as on a busy machine."""
    person.page.evaluate("""([method, path]) => {
        const fetched = window.fetch;
        window.fetch = async (address, options = {}) => {
            const slow = String(address).includes(path) && (options.method || 'GET') === method;
            if (slow) await new Promise((done) => setTimeout(done, 400));
            return fetched(address, options);
        };
    }""", [method, path])


def test_a_label_is_saved_once_it_has_come(browser, studio, tmp_path):
    """Drawings are leafed through faster than the labeller answers: each keeps the label that is its own."""
    drawings = tmp_path / 'drawings'
    drawings.mkdir()
    for seed, name in enumerate('abc'):
        Image.fromarray(face(seed)[0]).save(drawings / f'{name}.png')
    with served(studio, Collection(drawings)) as address, at(browser, address) as person:
        own = np.reshape(drafts(person, [2])[0], (64, 64))
        slows(person, 'GET', 'api/draft')
        person.page.click('#data-skip')
        person.page.click('#data-save')
        person.page.click('#data-skip')
        person.sees('document.querySelector("#told").textContent.startsWith("Nothing is saved")')
        person.page.click('#data-save')
        person.sees('document.querySelector("#told").textContent.startsWith("The label of c is saved")')
        assert not person.faults
    kept = [path.name for path in (drawings / 'labelled' / 'label').iterdir()]
    assert kept == ['c.png']
    label = Image.open(drawings / 'labelled' / 'label' / 'c.png').convert('RGB')
    assert (np.asarray(label.resize((64, 64), Image.Resampling.NEAREST)) == FIVE.array[own]).all(axis=2).mean() > 0.9


def test_a_drawing_is_dropped_cropped_and_labelled(browser, studio, tmp_path):
    """The upper part of a tall drawing, by keys and by the mouse; with the labeller that comes with the project."""
    tall = Image.new('RGB', (200, 300), (250, 235, 220))
    tall.paste((90, 60, 160), (0, 0, 200, 60))
    tall.save(tmp_path / 'tall.png')
    with served(studio, Collection(tmp_path / 'mine')) as address, at(browser, address) as person:
        page = person.page
        drops(person, tmp_path / 'tall.png')
        person.sees('document.querySelector("#crop").open')
        assert page.evaluate('document.activeElement.id') == 'crop-frame'
        for _ in range(10):
            page.keyboard.press('ArrowUp')
        for _ in range(4):
            page.keyboard.press('-')
        corner = page.locator('#crop-corner').bounding_box()
        page.mouse.move(corner['x'] + 9, corner['y'] + 9)
        page.mouse.down()
        page.mouse.move(corner['x'] - 15, corner['y'] - 15, steps=4)
        page.mouse.up()
        told = page.inner_text('#crop-told')
        slows(person, 'POST', 'api/crop')
        page.keyboard.press('Enter')
        person.sees('document.querySelector("#data-where").textContent === "Drawing 1 of 1"')
        person.sees('!document.querySelector("#crop").open')
        page.click('#data-crop')
        person.sees('document.querySelector("#crop").open')
        assert page.inner_text('#crop-told') == told
        page.keyboard.press('Escape')
        page.click('#data-save')
        person.sees('document.querySelector("#data-count").textContent === "1 labelled"')
        assert not person.faults
    image, label = (Image.open(tmp_path / 'mine' / part / 'tall.png') for part in ('image', 'label'))
    assert image.width == image.height < 180 and f'{image.width} pixels' in told
    assert image.getpixel((0, 0)) == (90, 60, 160) and set(label.getcolors()) and label.size == (512, 512)


def test_a_picture_to_trace_is_cropped_too(opened, tmp_path):
    """Without --data: the labeller sees what was chosen."""
    wide = Image.new('RGB', (300, 150), (255, 255, 255))
    wide.paste((40, 40, 160), (0, 0, 150, 150))
    wide.save(tmp_path / 'wide.png')
    opened.begins()
    empty = opened.seen(DRAWING)
    drops(opened, tmp_path / 'wide.png')
    opened.sees('document.querySelector("#crop").open')
    opened.page.keyboard.press('Shift+ArrowLeft')
    opened.page.click('#crop button[value=use]')
    opened.until_another(DRAWING, empty)
    opened.sees('document.querySelector("#told").textContent.startsWith("The labeller is")')
    traced = 'import("/static/session.js").then(({page}) => page.traced && page.traced.square)'
    assert opened.page.evaluate(traced) == {'left': 50, 'top': 0, 'side': 150}
    opened.rests()
    drawing, _ = opened.seen(DRAWING), opened.kept()
    opened.opens()
    assert opened.page.evaluate(traced) == {'left': 50, 'top': 0, 'side': 150}
    opened.until(DRAWING, drawing)
    opened.page.click('#untrace')
    assert opened.until_another(DRAWING, drawing) and opened.page.is_hidden('#crop-traced')
    opened.opens()
    assert opened.page.evaluate(traced) is None and not opened.faults


def small_trainings(tmp_path, monkeypatch):
    """train.py, but with networks that learn in seconds."""
    small = flags({**COMMON, **NETWORKS['spade'], 'max_iteration': None})
    (tmp_path / 'small.py').write_text(f'import runpy, sys\nsys.argv = [{str(SCRIPT)!r}, *sys.argv[1:], *{small}]\n'
                                       f'sys.path.insert(0, {str(SCRIPT.parent)!r})\n'
                                       f'runpy.run_path({str(SCRIPT)!r}, run_name="__main__")\n')
    monkeypatch.setattr(trainings, 'SCRIPT', tmp_path / 'small.py')


def drafts(person, numbers):
    """The drafts of some drawings, 64 px."""
    return person.page.evaluate("""async (numbers) => {
        const {draft} = await import('/static/api.js'), name = document.querySelector('#generator').value;
        return Promise.all(numbers.map(async (number) => [...(await draft(name, number, 64)).map]));
    }""", numbers)


@needs('spade')
def test_the_whole_walk(browser, tmp_path, monkeypatch):
    """60 drawings of a style never seen: 10 corrected, the rest labelled, trained on, painted, saved, reloaded."""
    small_trainings(tmp_path, monkeypatch)
    monkeypatch.setattr(assistant, 'SECONDS', 3)
    drawings, truth = tmp_path / 'drawings', tmp_path / 'truth'
    for place in (drawings, truth):
        place.mkdir()
    for seed in range(60):
        picture, classes = face(seed)
        Image.fromarray(picture).save(drawings / f'{seed:02}.png')
        Image.fromarray(FIVE.array[classes]).save(truth / f'{seed:02}.png')
    studio = Studio(Generators(tmp_path / 'runs', None, 'cpu'), [])
    with served(studio, Collection(drawings)) as address, at(browser, address) as person:
        page = person.page
        first = drafts(person, [58, 59])
        for count in range(1, 11):
            person.sees(f'document.querySelector("#data-count").textContent === "{count - 1} labelled"')
            page.set_input_files('#open-label', truth / f'{page.inner_text("#data-name")}.png')
            person.draws((0.02, 0.02), (0.05, 0.02))
            page.keyboard.press('Control+Enter')
            person.sees(f'document.querySelector("#data-count").textContent === "{count} labelled"')
        person.sees('document.querySelector("#data-learning").textContent.startsWith("The labeller learns")')
        person.sees('!document.querySelector("#data-rest").hidden')
        assert drafts(person, [58, 59]) != first
        page.click('#data-rest')
        person.sees('document.querySelector("#told").textContent.startsWith("All drawings have labels")')
        assert len(list((drawings / 'labelled' / 'label').iterdir())) == 60
        assert page.inner_text('#data-count') == '10 labelled'
        page.click('#training summary')
        page.evaluate('document.querySelector("#train-length").options[1].value = 5')
        page.select_option('#train-length', index=1)
        page.click('#train-start')
        person.sees('document.querySelector("#train-state").textContent.startsWith("Finished after 5")')
        person.sees('document.querySelector("#generator").value.endsWith("/page")')
        person.sees('document.querySelector("#train-pictures img").naturalWidth > 100')
        person.rests()
        person.draws((0.2, 0.9), (0.8, 0.9))
        person.rests()
        painted = person.saved('#save-picture')
        assert painted.text['generator'].endswith('/page') and painted.size == (32, 32)
        drawing, kept = person.seen(DRAWING), person.kept()
        person.opens()
        person.sees(f'document.querySelector("#generator").value === {json.dumps(painted.text["generator"])}')
        person.until(DRAWING, drawing)
        assert person.kept() == kept
        assert (np.asarray(person.saved('#save-picture')) == np.asarray(painted)).all() and not person.faults
