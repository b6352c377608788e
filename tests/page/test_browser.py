"""The page as a person uses it: draw, fill, undo, colours, save, reload."""
import json

import numpy as np
import pytest
from browser_page import at, served
from PIL import Image

DRAWING, PICTURE = '#drawing', '#picture'


def colors_of(picture):
    """How many pixels have each colour."""
    colors, counts = np.unique(np.asarray(picture.convert('RGB')).reshape(-1, 3), axis=0, return_counts=True)
    return dict(zip(map(tuple, colors.tolist()), counts.tolist()))


def test_a_stroke_changes_the_picture_and_can_be_undone(person):
    picture, drawing = person.seen(PICTURE), person.seen(DRAWING)
    person.draws((0.1, 0.9), (0.5, 0.5), (0.9, 0.9))
    person.until_another(PICTURE, picture)  # perhaps of a part of the stroke: a slow machine paints some on the way
    person.page.mouse.move(0, 0)
    person.page.keyboard.press('Control+z')
    person.until(PICTURE, picture)
    assert person.seen(DRAWING) == drawing
    person.page.keyboard.press('Control+Shift+z')
    person.until_another(DRAWING, drawing)
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
    person.draws((0.2, 0.2), (0.8, 0.7))
    person.page.keyboard.press('g')
    person.page.keyboard.press('2')
    person.draws((0.9, 0.1))
    person.shows('#saving')
    colors = colors_of(person.saved('#save-label'))
    assert sorted(colors) == [(0, 0, 255), (0, 255, 0)] and min(colors.values()) > 500


def test_only_over_a_class_and_the_mirror(person):
    person.page.keyboard.press('m')
    person.draws((0.2, 0.5), (0.4, 0.5))
    person.page.select_option('#only', label='hair')
    person.page.keyboard.press('1')
    person.draws((0.3, 0.1), (0.3, 0.9))
    person.shows('#saving')
    label = np.asarray(person.saved('#save-label').convert('RGB'))
    assert (label == label[:, ::-1]).all()
    eyes = (label == (255, 0, 0)).all(axis=2)
    assert eyes.any() and not eyes[:128].any()


def test_a_colour_reaches_the_picture_and_its_file(person):
    person.takes(1)
    picture = person.seen(PICTURE)
    person.page.click('[aria-label="hair: blue"]')
    person.until_another(PICTURE, picture)
    found = person.saved('#save-picture')
    assert found.size == (128, 128) and json.loads(found.text['painted from'])['colors/hair'] == '#4268ce'
    pixels = np.asarray(found.convert('RGB')).astype(int)
    assert pixels[32, 64, 2] > pixels[32, 64, 0]


def test_a_gradient_stays_within_its_part_and_can_be_undone(person):
    person.takes(1)
    before = np.asarray(person.saved('#save-picture').convert('RGB')).astype(int)
    person.page.keyboard.press('d')
    for which, color in (('colour', 'red'), ('changes to', 'blue')):
        person.page.click(f'#inks [aria-label="{which}: {color}"]')
    drawing = person.seen(DRAWING)
    person.draws((0.5, 0.1), (0.5, 0.7))
    person.rests()
    after = np.asarray(person.saved('#save-picture').convert('RGB')).astype(int)
    assert np.ptp(after[30:110, 60] - before[30:110, 60]) > 30 and abs(after[:20, :20] - before[:20, :20]).mean() < 12
    layer = np.asarray(person.saved('#save-colors'))
    painted = layer[layer[..., 3] > 0]
    assert 1000 < len(painted) < 0.6 * layer[..., 3].size and len(np.unique(painted[:, 0])) > 50
    person.page.mouse.move(0, 0)
    person.page.keyboard.press('Control+z')
    person.rests()
    assert person.seen(DRAWING) == drawing
    assert (np.asarray(person.saved('#save-picture').convert('RGB')) == before).all()


def test_a_colour_brush_is_soft_and_takes_colours_away_again(person):
    person.page.keyboard.press('g')
    person.draws((0.5, 0.5))
    person.page.keyboard.press('c')
    person.page.click('#inks [aria-label="colour: teal"]')
    person.draws((0.2, 0.5), (0.8, 0.5))
    alpha = np.asarray(person.saved('#save-colors'))[..., 3]
    assert alpha[128, 128] == 255 and len(np.unique(alpha[:, 128])) > 4
    person.page.click('#inks .open')
    person.draws((0.5, 0.2), (0.5, 0.8))
    alpha = np.asarray(person.saved('#save-colors'))[..., 3]
    assert alpha[128, 128] == 0 and alpha[128, 70] == 255
    person.page.click('#no-colors')
    assert not np.asarray(person.saved('#save-colors'))[..., 3].any()


def test_a_variation_is_taken_and_told_in_the_file(person):
    picture = person.seen(PICTURE)
    person.page.click('#variations button:nth-child(4)')
    person.until_another(PICTURE, picture)
    assert person.saved('#save-picture').text['seed'] == '3'


def test_everything_is_there_again_after_a_reload(person):
    person.draws((0.1, 0.1), (0.9, 0.1))
    person.page.keyboard.press('c')
    person.draws((0.2, 0.1), (0.5, 0.1))
    person.page.click('[aria-label="hair: teal"]')
    person.page.click('#variations button:nth-child(3)')
    person.page.keyboard.press('b')
    person.page.mouse.move(0, 0)
    person.rests()
    kept, drawing = person.kept(), person.seen(DRAWING)
    picture = person.seen(PICTURE)
    person.opens()
    assert (person.seen(DRAWING), person.seen(PICTURE), person.kept()) == (drawing, picture, kept)


def test_another_label_map_is_opened(person, tmp_path):
    Image.fromarray(np.full((90, 90, 3), (0, 0, 255), np.uint8)).save(tmp_path / 'mine.png')
    drawing = person.seen(DRAWING)
    person.page.set_input_files('#open-label', tmp_path / 'mine.png')
    person.until_another(DRAWING, drawing)


def test_a_second_sentence_paints_the_way_to_it(browser, of_texts):
    with served(of_texts) as address, at(browser, address) as person:
        assert person.page.is_hidden('#steps') and person.page.is_hidden('#tools')
        person.page.fill('[aria-label="on the way to another sentence"]', 'blue hair')
        person.sees('document.querySelectorAll("#steps button").length === 8')
        person.rests()
        last = person.seen(PICTURE)
        person.page.click('#steps [aria-label="0%"]')
        assert person.seen(PICTURE) != last
        assert json.loads(person.saved('#save-picture').text['painted from'])['to'] == 'blue hair'
        assert not person.faults


def test_refusals_are_told_in_words(person, tmp_path, monkeypatch):
    """400, 403, 413 and 422, and a server that has gone."""
    def told(begin):
        person.sees(f'document.querySelector("#told").textContent.startsWith({json.dumps(begin)})')
        assert person.page.get_attribute('#told', 'class') == 'told wrong shown'
    (tmp_path / 'mine.png').write_bytes(b'no picture')
    person.page.set_input_files('#open-label', tmp_path / 'mine.png')
    told('mine.png: ')
    monkeypatch.setattr('spade_anime.page.guard.MOST_BYTES', 1000)
    person.draws((0.2, 0.2), (0.4, 0.4))
    told('the body: allowed are up to 1,000 bytes')
    monkeypatch.undo()
    monkeypatch.setattr('spade_anime.page.guard._known', lambda *_: False)
    person.draws((0.2, 0.2), (0.4, 0.6))
    told('Host: the request is meant for another server')
    monkeypatch.undo()
    monkeypatch.setattr('spade_anime.page.studio.LARGEST_SEED', -1)
    person.page.keyboard.press('r')
    told('seed: ')
    monkeypatch.undo()
    person.page.route('**/api/paint*', lambda route: route.abort())
    person.page.keyboard.press('r')
    told('The server does not answer')
    person.page.unroute('**/api/paint*')
    assert len(person.faults) >= 5
    person.faults.clear()


@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_a_phone_needs_no_scrolling_sideways(browser, opened, scheme):
    with at(browser, opened.address, viewport={'width': 360, 'height': 740}, color_scheme=scheme,
            has_touch=True) as person:
        assert person.page.evaluate('document.documentElement.scrollWidth') <= 360
        picture = person.seen(PICTURE)
        person.page.tap('[aria-label="hair: red"]')
        person.until_another(PICTURE, picture)
        person.page.tap('[data-tool=gradient]')
        assert person.page.evaluate('document.documentElement.scrollWidth') <= 360
        assert not person.faults


def test_all_that_is_pressed_or_filled_in_has_a_name(person):
    unnamed = person.page.evaluate('''[...document.querySelectorAll('button, input, select, canvas[tabindex]')].filter(
        (one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.title || one.labels?.length)
    ).map((one) => one.outerHTML)''')
    assert unnamed == []
