"""Drawing by keyboard alone, with a pen that feels pressure, and with fingers."""
import numpy as np
import pytest

DRAWING, PICTURE = '#drawing', '#picture'


@pytest.fixture
def device(person):
    """Sends what a pen or a screen sends: Playwright itself has a mouse alone."""
    session = person.page.context.new_cdp_session(person.page)
    box = person.page.locator(DRAWING).bounding_box()

    def send(name, kind, *places, **others):
        at = [{'x': box['x'] + x * box['width'], 'y': box['y'] + y * box['height']} for x, y in places]
        given = {'touchPoints': at} if name == 'Touch' else at[0]
        session.send(f'Input.dispatch{name}Event', {'type': kind, **given, **others})
    return send


def drawn(person):
    """Where the label map has hair, bool (S, S)."""
    person.shows('#saving')
    return (np.asarray(person.saved('#save-label').convert('RGB')) == (0, 0, 255)).all(axis=2)


def test_the_keyboard_alone_draws(person):
    drawing, picture = person.seen(DRAWING), person.seen(PICTURE)
    keyboard = person.page.keyboard
    for _ in range(60):
        if person.page.evaluate('document.activeElement.id') == 'drawing':
            break
        keyboard.press('Tab')
    keyboard.press('Enter')
    for _ in range(12):
        keyboard.press('ArrowDown')
    keyboard.press('Enter')
    person.until_another(DRAWING, drawing)
    person.until_another(PICTURE, picture)
    assert '% across' in person.page.inner_text('#spoken')


def test_a_pen_draws_wider_where_it_presses(person, device):
    for y, force in ((0.25, 0.1), (0.75, 1.0)):
        pen = {'button': 'left', 'pointerType': 'pen', 'force': force}
        device('Mouse', 'mousePressed', (0.2, y), clickCount=1, **pen)
        for x in (0.4, 0.6, 0.8):
            device('Mouse', 'mouseMoved', (x, y), buttons=1, **pen)
        device('Mouse', 'mouseReleased', (0.8, y), **pen)
    hair = drawn(person)
    light, hard = hair[:256, 256].sum(), hair[256:, 256].sum()
    assert 0 < light < 0.5 * hard and hard == pytest.approx(24, abs=2)


def test_one_finger_draws_and_two_zoom(person, device):
    device('Touch', 'touchStart', (0.2, 0.5))
    device('Touch', 'touchMove', (0.8, 0.5))
    device('Touch', 'touchEnd')
    before, shown = drawn(person), person.seen(DRAWING)
    assert before[256, 120:400].all()
    device('Touch', 'touchStart', (0.4, 0.3))
    device('Touch', 'touchStart', (0.4, 0.3), (0.6, 0.3))
    for apart in (0.15, 0.2, 0.3):
        device('Touch', 'touchMove', (0.5 - apart, 0.3), (0.5 + apart, 0.3))
    device('Touch', 'touchEnd')
    person.until_another(DRAWING, shown)
    assert (drawn(person) == before).all()
    person.page.click('#fit')
