import importlib.util
from pathlib import Path

import numpy as np
import pytest
from from_systems import skip_without

# Without the packages that answer and ask, as on a machine with a card alone, nothing here is collected.
collect_ignore_glob = [] if all(map(importlib.util.find_spec, ('starlette', 'uvicorn', 'httpx2'))) else ['test_*.py']


@pytest.fixture(scope='session')
def studio(tmp_path_factory):
    """What answers, with the generator that comes with the project alone."""
    from spade_anime.finding import FIRST
    from spade_anime.page.generators import Generators
    skip_without(FIRST)
    from spade_anime.page.studio import Studio
    return Studio(Generators(tmp_path_factory.mktemp('runs'), None, 'cpu'), [])


@pytest.fixture(scope='session')
def of_texts():
    """What answers, with one generator, which paints from sentences and has learnt nothing."""
    from from_systems import of_system
    from page_client import One, from_texts

    from spade_anime.generator import Generator
    from spade_anime.page.studio import Studio
    condition, made = from_texts(), of_system('stackgan.system.StackGANSystem')
    system = made(made.Options(image_size=16, gf_dim=4, condition_dim=2, z_dim=2))
    return Studio(One('texts', Generator(system.generator(condition), system, condition, Path('texts'))), [])


@pytest.fixture(scope='module')
def browser():
    """A browser of Playwright, for all tests of a file."""
    from browser_page import chromium
    api, path = chromium()
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=['--no-sandbox'])
        yield found
        found.close()


@pytest.fixture(scope='module')
def opened(browser, studio):
    """Somebody at the page, for all tests of a file: to open it takes longer than what they do there."""
    from browser_page import at, served
    with served(studio) as address, at(browser, address) as person:
        yield person


@pytest.fixture
def person(opened):
    """Somebody at the page who begins anew; nothing may go wrong behind it."""
    opened.begins()
    yield opened
    assert not opened.faults


@pytest.fixture
def client(studio):
    """A browser on the same machine."""
    from page_client import ADDRESS, app_of
    from starlette.testclient import TestClient
    return TestClient(app_of(studio), base_url=ADDRESS)


@pytest.fixture
def asked():
    """What the page sends to have a picture painted: background, and hair in the middle."""
    from page_client import BUNDLED, as_label
    classes = np.full((64, 64), 4)
    classes[16:48, 16:48] = 2
    return {'generator': BUNDLED, 'seed': 3, 'samples': 1,
            'values': {'label': as_label(classes), 'colors/hair': '#d04080'}}
