"""Small pictures to read, of every part of a sample."""
import numpy as np
import pytest
from PIL import Image

from spade_anime.data.palette import BACKGROUND, EYE, FACE, FIVE, HAIR, OTHER

SIZE = 40


@pytest.fixture
def classes():
    """A 40 px label with all five classes, not symmetric."""
    drawn = np.full((SIZE, SIZE), BACKGROUND, dtype=np.uint8)
    drawn[2:30, 4:32] = HAIR
    drawn[12:34, 8:28] = FACE
    drawn[16:20, 10:16] = EYE
    drawn[34:, 2:34] = OTHER
    return drawn


@pytest.fixture
def label_rgb(classes):
    return FIVE.array[classes]


@pytest.fixture
def image_rgb(classes):
    """A picture whose colours follow the label, with a soft gradient."""
    colors = np.array([[20, 30, 40], [240, 200, 180], [200, 60, 60], [60, 60, 90], [230, 235, 240]])
    return (colors[classes] + np.linspace(0, 10, SIZE)[:, None]).astype(np.uint8)


@pytest.fixture
def color_rgb():
    return np.full((SIZE, SIZE, 3), (204, 51, 102), dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    """Save an array or a picture under tmp_path, in folders made as needed."""
    def save_as(name, picture, **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray(picture) if isinstance(picture, np.ndarray) else picture
        picture.save(path, **options)
        return path
    return save_as


@pytest.fixture
def strips(tmp_path, save, image_rgb, label_rgb, color_rgb):
    """A directory of five strips, each with its own brightness."""
    for i in range(5):
        save(f'strips/{i}.png', np.hstack([image_rgb // (i + 1), label_rgb, color_rgb]))
    return tmp_path / 'strips'
