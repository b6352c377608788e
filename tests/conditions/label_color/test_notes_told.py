"""What was repaired in label maps is one line, wherever they are read."""
import warnings

import numpy as np
import pytest
from PIL import Image, ImageFilter

from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.conditions.label_color.inputs import read_inputs
from spade_anime.conditions.label_color.preparing import prepare

SOFT = 'soft or lossy edges'


@pytest.fixture
def soft(save, image_rgb, label_rgb):
    """A data set of folders: two of three labels have soft edges, b.png the softer ones."""
    for name, radius in (('a', 0.5), ('b', 1), ('c', 0)):
        save(f'set/image/{name}.png', image_rgb)
        path = save(f'set/label/{name}.png', Image.fromarray(label_rgb).filter(ImageFilter.GaussianBlur(radius)))
    return path.parent.parent


def warned_by(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        call()
    return [str(warning.message) for warning in caught]


def test_a_data_set(soft):
    line, = warned_by(lambda: check_dataset(open_dataset(soft, 16)))
    assert line.startswith(f'2 of 3 labels: {SOFT}') and 'most in' in line and 'b.png' in line


def test_a_training_reads_without_a_word(soft):
    assert not warned_by(lambda: [open_dataset(soft, 16)[i] for i in range(3)])


def test_a_directory_that_is_painted(soft):
    line, = warned_by(lambda: read_inputs(str(soft / 'label'), 'pink', 16, 0))
    assert line.startswith(f'2 of 3 labels: {SOFT}') and 'b.png' in line


def test_one_label(soft):
    for value, name in ((soft / 'label' / 'b.png', 'b.png'), (Image.open(soft / 'label' / 'b.png'), 'label')):
        line, = warned_by(lambda value=value: read_inputs(value, 'pink', 16, 0))
        assert f'{name}: {SOFT}' in line and line.endswith('% of the label)')
    assert not warned_by(lambda: read_inputs(soft / 'label' / 'c.png', 'pink', 16, 0))


def test_a_set_that_is_prepared(soft, tmp_path):
    told = []
    prepare(soft, tmp_path / 'small', 32, tell=told.append)
    assert sum(line.startswith(f'2 of 3 labels: {SOFT}') for line in told) == 1
    assert not warned_by(lambda: check_dataset(open_dataset(tmp_path / 'small', 16)))


def test_a_damaged_profile_of_an_image(save, image_rgb, label_rgb):
    directory = save('set/image/a.png', Image.fromarray(image_rgb), icc_profile=b'nonsense').parent.parent
    save('set/label/a.png', np.asarray(label_rgb))
    line, = warned_by(lambda: check_dataset(open_dataset(directory, 16)))
    assert line.endswith('a.png: a colour profile embedded in the image is unusable and ignored')
