"""The page as a person uses it: draw, fill, undo, colours, save, reload, and all of it by keyboard alone."""
import io
import json

import numpy as np
import pytest
from browser_page import Person, chromium, served
from from_systems import needs
from PIL import Image
from tiny import COMMON, NETWORKS, flags
from tiny_runs import copy_samples

from spade_anime.page import trainings
from spade_anime.page.collection import Collection
from spade_anime.page.generators import Generators
from spade_anime.page.studio import Studio
from spade_anime.page.trainings import SCRIPT

DRAWING, PICTURE = '#drawing', '#picture'


@pytest.fixture(scope='module')
def browser():
    api, path = chromium()
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield found
        found.close()


@pytest.fixture(scope='module')
def address(studio):
    with served(studio) as found:
        yield found


@pytest.fixture
def person(browser, address):
    """Somebody who has just opened the page; nothing may go wrong behind it."""
    context = browser.new_context(viewport={'width': 1280, 'height': 800})
    person = Person(context.new_page())
    person.opens(address)
    yield person
    context.close()
    assert not person.faults


def saved(person, button):
    """The file that a button saves."""
    with person.page.expect_download() as download:
        person.page.click(button)
    return Image.open(io.BytesIO(download.value.path().read_bytes()))


def test_a_stroke_changes_the_picture_and_can_be_undone(person):
    picture = person.seen(PICTURE)
    person.page.keyboard.press('3')
    person.draws((0.1, 0.9), (0.5, 0.5), (0.9, 0.9))
    person.until_another(PICTURE, picture)  # perhaps of a part of the stroke: a slow machine paints some on the way
    person.page.mouse.move(0, 0)
    person.page.keyboard.press('Control+z')
    person.until(PICTURE, picture)
    undone = person.seen(DRAWING)
    person.page.keyboard.press('Control+Shift+z')
    person.until_another(DRAWING, undone)
    person.until_another(PICTURE, picture)


def test_the_time_from_a_change_to_its_picture_is_measured(person):
    """Printed alone, as it depends on the machine: ``pytest -s``. docs/page.md has what one machine took."""
    taken = []
    for number in range(6):
        person.page.keyboard.press('34'[number % 2])
        person.draws((0.2, 0.2 + 0.1 * number), (0.8, 0.2 + 0.1 * number))
        person.rests()
        taken.append(person.repaint())
    taken.sort()
    assert taken[0] > 0
    print(f'from the end of a stroke to its picture: median {taken[len(taken) // 2]:.0f} ms, '
          f'{taken[0]:.0f} to {taken[-1]:.0f} ms')


def test_what_is_saved_is_hard_and_has_the_classes_alone(person):
    person.page.click('#clear')
    person.page.keyboard.press('b')
    person.page.keyboard.press('3')
    person.draws((0.2, 0.2), (0.8, 0.7))
    person.page.keyboard.press('g')
    person.page.keyboard.press('2')
    person.draws((0.9, 0.1))
    person.page.click('#saving summary')
    label = np.asarray(saved(person, '#save-label').convert('RGB'))
    colors, counts = np.unique(label.reshape(-1, 3), axis=0, return_counts=True)
    assert sorted(map(tuple, colors.tolist())) == [(0, 0, 255), (0, 255, 0)] and counts.min() > 500


def test_only_over_a_class_and_the_mirror(person):
    person.page.click('#clear')
    person.page.keyboard.press('m')
    person.page.keyboard.press('3')
    person.draws((0.2, 0.5), (0.4, 0.5))
    person.page.select_option('#only', label='hair')
    person.page.keyboard.press('1')
    person.draws((0.3, 0.1), (0.3, 0.9))
    person.page.click('#saving summary')
    label = np.asarray(saved(person, '#save-label').convert('RGB'))
    assert (label == label[:, ::-1]).all()
    eyes = (label == (255, 0, 0)).all(axis=2)
    assert eyes.any() and not eyes[:128].any()


def test_a_colour_reaches_the_picture_and_its_file(person):
    picture = person.seen(PICTURE)
    person.page.click('[aria-label="hair: blue"]')
    person.until_another(PICTURE, picture)
    found = saved(person, '#save-picture')
    assert found.size == (128, 128) and json.loads(found.text['painted from'])['colors/hair'] == '#4268ce'
    pixels = np.asarray(found.convert('RGB')).astype(int)
    assert pixels[32, 64, 2] > pixels[32, 64, 0]


def test_a_variation_is_taken_and_told_in_the_file(person):
    picture = person.seen(PICTURE)
    person.page.click('#variations button:nth-child(4)')
    person.until_another(PICTURE, picture)
    assert saved(person, '#save-picture').text['seed'] == '3'


def test_everything_is_there_again_after_a_reload(person, address):
    person.page.keyboard.press('4')
    person.draws((0.1, 0.1), (0.9, 0.1))
    person.page.click('[aria-label="hair: teal"]')
    person.page.click('#variations button:nth-child(3)')
    person.page.mouse.move(0, 0)
    kept, drawing = person.kept(), person.seen(DRAWING)
    picture = person.seen(PICTURE)
    person.opens(address)
    assert (person.seen(DRAWING), person.seen(PICTURE), person.kept()) == (drawing, picture, kept)


def test_the_keyboard_alone_draws(person):
    drawing, picture = person.seen(DRAWING), person.seen(PICTURE)
    keyboard = person.page.keyboard
    for _ in range(60):
        if person.page.evaluate('document.activeElement.id') == 'drawing':
            break
        keyboard.press('Tab')
    keyboard.press('3')
    keyboard.press('Enter')
    for _ in range(6):
        keyboard.press('ArrowDown')
    keyboard.press('Enter')
    person.until_another(DRAWING, drawing)
    person.until_another(PICTURE, picture)
    assert '% across' in person.page.inner_text('#spoken')


def test_another_label_map_is_opened(person, tmp_path):
    Image.fromarray(np.full((90, 90, 3), (0, 0, 255), np.uint8)).save(tmp_path / 'mine.png')
    drawing = person.seen(DRAWING)
    person.page.set_input_files('#open-label', tmp_path / 'mine.png')
    person.until_another(DRAWING, drawing)
    (tmp_path / 'mine.png').write_bytes(b'no picture')
    person.page.set_input_files('#open-label', tmp_path / 'mine.png')
    person.sees('document.querySelector("#told").textContent.startsWith("mine.png: ")')
    assert person.faults and all('422' in fault for fault in person.faults)
    person.faults.clear()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_a_phone_needs_no_scrolling_sideways(browser, address, scheme):
    context = browser.new_context(viewport={'width': 360, 'height': 740}, color_scheme=scheme, has_touch=True)
    person = Person(context.new_page())
    person.opens(address)
    assert person.page.evaluate('document.documentElement.scrollWidth') <= 360
    picture = person.seen(PICTURE)
    person.page.tap('[aria-label="hair: red"]')
    person.until_another(PICTURE, picture)
    context.close()


def test_all_that_is_pressed_or_filled_in_has_a_name(person):
    unnamed = person.page.evaluate('''[...document.querySelectorAll('button, input, select, canvas[tabindex]')].filter(
        (one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.title || one.labels?.length)
    ).map((one) => one.outerHTML)''')
    assert unnamed == []


def test_drawings_of_a_folder_are_labelled(browser, studio, tmp_path):
    for name in ('a', 'b'):
        Image.new('RGB', (80, 80), (240, 200, 180)).save(tmp_path / f'{name}.png')
    with served(studio, Collection(tmp_path)) as address:
        context = browser.new_context(viewport={'width': 1280, 'height': 800})
        person = Person(context.new_page())
        person.opens(address)
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
        context.close()
    assert not person.faults
    label = np.asarray(Image.open(tmp_path / 'labelled' / 'label' / 'a.png').convert('RGB'))
    assert (label == (0, 0, 255)).all(axis=2).sum() > 1000
    assert sorted(path.name for path in (tmp_path / 'drawings').iterdir()) == ['b-2.png']


@needs('spade')
def test_a_training_is_started_and_its_generator_is_chosen(browser, tmp_path, monkeypatch):
    # train.py, but with networks that learn in seconds.
    small = flags({**COMMON, **NETWORKS['spade'], 'max_iteration': None})
    (tmp_path / 'small.py').write_text(f'import runpy, sys\nsys.argv = [{str(SCRIPT)!r}, *sys.argv[1:], *{small}]\n'
                                       f'sys.path.insert(0, {str(SCRIPT.parent)!r})\n'
                                       f'runpy.run_path({str(SCRIPT)!r}, run_name="__main__")\n')
    monkeypatch.setattr(trainings, 'SCRIPT', tmp_path / 'small.py')
    data = Collection(copy_samples(tmp_path / 'data', 4))
    with served(Studio(Generators(tmp_path / 'runs', None, 'cpu'), []), data) as address:
        context = browser.new_context(viewport={'width': 1280, 'height': 800})
        person = Person(context.new_page())
        person.opens(address)
        person.page.click('#training summary')
        person.page.evaluate('document.querySelector("#train-length").options[1].value = 5')
        person.page.select_option('#train-length', index=1)
        person.page.click('#train-start')
        person.sees('document.querySelector("#train-state").textContent.startsWith("Finished after 5")')
        person.sees('document.querySelector("#generator").value.endsWith("/page")')
        person.sees('document.querySelector("#train-pictures img").naturalWidth > 100')
        context.close()
    assert not person.faults
