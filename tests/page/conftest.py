import numpy as np
import pytest
from page_client import ADDRESS, app_of, as_label
from starlette.testclient import TestClient

from spade_anime.page.generators import BUNDLED, Generators
from spade_anime.page.studio import Studio


@pytest.fixture(scope='session')
def studio(tmp_path_factory):
    """What answers, with the generator that comes with the project alone."""
    return Studio(Generators(tmp_path_factory.mktemp('runs'), None, 'cpu'), [])


@pytest.fixture
def client(studio):
    """A browser on the same machine."""
    return TestClient(app_of(studio), base_url=ADDRESS)


@pytest.fixture
def asked():
    """What the page sends to have a picture painted: background, and hair in the middle."""
    classes = np.full((64, 64), 4)
    classes[16:48, 16:48] = 2
    return {'generator': BUNDLED, 'seed': 3, 'samples': 1, 'values': {'label': as_label(classes), 'color': '#d04080'}}
