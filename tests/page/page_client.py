"""What a page sends."""
import base64

import numpy as np

from spade_anime.page.app import make_app
from spade_anime.page.desk import Desk
from spade_anime.page.generators import BUNDLED
from spade_anime.page.options import LOOPBACK
from spade_anime.page.trainings import Training

__all__ = ['ADDRESS', 'BUNDLED', 'app_of', 'as_label']
ADDRESS = 'http://127.0.0.1:7860'


def as_label(classes: np.ndarray) -> dict:
    """A label map as the page sends it."""
    return {'size': len(classes), 'classes': base64.b64encode(classes.astype(np.uint8).tobytes()).decode()}


def app_of(studio, collection=None, host=LOOPBACK):
    """What paint.py serves."""
    training = Training(collection, studio.generators.folder)
    return make_app(studio, Desk(collection, studio), training, host)
