"""What a page sends."""
import base64
from pathlib import Path

import numpy as np
from from_systems import of_condition

from spade_anime.page.app import make_app
from spade_anime.page.desk import Desk
from spade_anime.page.generators import BUNDLED, Generators, Offered
from spade_anime.page.options import LOOPBACK
from spade_anime.page.trainings import Training

__all__ = ['ADDRESS', 'BUNDLED', 'One', 'app_of', 'as_label', 'from_texts']
ADDRESS = 'http://127.0.0.1:7860'
Text, TextVectors = of_condition('text.condition.Text'), of_condition('text.embedding.TextVectors')
PUBLISHED = of_condition('text.embedding.PUBLISHED')


def as_label(classes: np.ndarray) -> dict:
    """A label map as the page sends it."""
    return {'size': len(classes), 'classes': base64.b64encode(classes.astype(np.uint8).tobytes()).decode()}


def app_of(studio, collection=None, host=LOOPBACK):
    """What paint.py serves."""
    training = Training(collection, studio.generators.folder)
    return make_app(studio, Desk(collection, studio), training, host)


def from_texts():
    """A condition that knows two sentences."""
    known = {'pink hair': np.ones(4, 'f'), 'blue hair': -np.ones(4, 'f')}
    return Text(TextVectors(PUBLISHED, np.zeros(4, 'f'), np.ones(4, 'f'), known))


class One(Generators):
    """A choice of one generator."""

    def __init__(self, name, generator):
        super().__init__(Path('none'), None, 'cpu')
        self._one = {name: Offered(name, lambda image_size: generator, None)}

    def _offered(self):
        return self._one
