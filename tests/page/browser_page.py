"""A person at the page, in a real browser."""
import contextlib
import io
import shutil
import socket
import threading
import time

import pytest
from page_client import app_of
from PIL import Image

PATIENCE = 120
"""Seconds after which what does not come is a failure."""


def chromium():
    """A browser of Playwright; skips the test where there is none."""
    api = pytest.importorskip('playwright.sync_api', reason='playwright is not installed; the extra "test" brings it')
    path = shutil.which('chromium') or shutil.which('chromium-browser')
    if path is None:
        pytest.skip('chromium is not installed; apt-get install chromium brings it')
    return api, path


@contextlib.contextmanager
def served(studio, collection=None):
    """The address of a page that is served on a port of this machine."""
    import uvicorn
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(('127.0.0.1', 0))
    listening.listen()  # a browser that comes before the server is ready waits
    server = uvicorn.Server(uvicorn.Config(app_of(studio, collection), log_level='warning'))
    thread = threading.Thread(target=server.run, kwargs={'sockets': [listening]}, daemon=True)
    thread.start()
    try:
        yield f'http://127.0.0.1:{listening.getsockname()[1]}/'
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextlib.contextmanager
def at(browser, address, **context):
    """Somebody who has just opened a page."""
    made = browser.new_context(**{'viewport': {'width': 1280, 'height': 800}} | context)
    person = Person(made.new_page(), address)
    person.opens()
    yield person
    made.close()


class Person:
    """What is done and seen at a page; ``page``: of Playwright."""

    def __init__(self, page, address):
        self.page, self.address, self.faults = page, address, []
        page.set_default_timeout(1000 * PATIENCE)
        page.on('pageerror', lambda error: self.faults.append(str(error)))
        page.on('console', lambda line: line.type == 'error' and self.faults.append(line.text))

    def opens(self):
        self.page.goto(self.address)
        self.sees('import("/static/session.js").then(({live}) => live.painted > 0)')
        self.rests()

    def begins(self):
        """An empty drawing, as if nothing had been done before."""
        self.faults.clear()
        self.page.click('#clear')
        for key in 'b3':
            self.page.keyboard.press(key)
        self.page.select_option('#only', value='')
        if self.page.get_attribute('#mirror', 'aria-pressed') == 'true':
            self.page.click('#mirror')
        self.rests()

    def takes(self, example):
        """Begins from an example, another drawing than is on the table."""
        drawing = self.seen('#drawing')
        self.page.click(f'#examples [aria-label="Example {example}"]')
        self.until_another('#drawing', drawing)
        self.rests()

    def sees(self, condition):
        """Waits until an expression of the page is true; the page itself may evaluate no text."""
        until = time.monotonic() + PATIENCE
        while not self.page.evaluate(condition):
            assert time.monotonic() < until, f'{condition}; {self.page.inner_text("body")[-600:]} {self.faults}'
            time.sleep(0.03)

    def shows(self, details):
        """Opens what is folded away."""
        if not self.page.evaluate('name => document.querySelector(name).open', details):
            self.page.click(f'{details} summary')

    def seen(self, canvas):
        """What a canvas shows, as a text."""
        return self.page.evaluate('name => document.querySelector(name).toDataURL()', canvas)

    def until_another(self, canvas, before):
        """What a canvas shows once it is not what it was."""
        until = time.monotonic() + PATIENCE
        while (now := self.seen(canvas)) == before:
            assert time.monotonic() < until, f'{canvas} stays as it is; {self.page.inner_text("#told")} {self.faults}'
            time.sleep(0.03)
        return now

    def until(self, canvas, wanted):
        """Waits until a canvas shows what it showed once."""
        until = time.monotonic() + PATIENCE
        while self.seen(canvas) != wanted:
            assert time.monotonic() < until, f'{canvas} is another; {self.page.inner_text("#told")} {self.faults}'
            time.sleep(0.03)

    def draws(self, *places):
        """A stroke over the drawing through places from 0 to 1."""
        self.page.locator('#drawing').scroll_into_view_if_needed()
        box, mouse = self.page.locator('#drawing').bounding_box(), self.page.mouse
        at = [(box['x'] + x * box['width'], box['y'] + y * box['height']) for x, y in places]
        mouse.move(*at[0])
        mouse.down()
        for place in at[1:]:
            mouse.move(*place, steps=8)
        mouse.up()

    def rests(self):
        """Waits until the picture of the last change is shown, and the drawing with it."""
        time.sleep(0.05)
        self.sees('import("/static/session.js").then(({live}) => !live.busy)')
        self.page.evaluate('new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown())))')

    def saved(self, button):
        """The file that a button saves."""
        with self.page.expect_download() as download:
            self.page.click(button)
        return Image.open(io.BytesIO(download.value.path().read_bytes()))

    def repaint(self):
        """Milliseconds from the last change to the frame that showed its picture."""
        return self.page.evaluate('performance.getEntriesByName("repaint").at(-1).duration')

    def kept(self):
        """What the browser keeps, once nothing changes any more."""
        time.sleep(0.6)
        return self.page.evaluate('localStorage.getItem("spade-anime-page")')
