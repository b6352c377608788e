"""What a user asks for: label maps that are not square, links, and names."""
import unicodedata

import numpy as np
import pytest

from spade_anime.conditions.label_color.condition import Label, LabelColor
from spade_anime.data.palette import FIVE
from spade_anime.errors import InputError


def test_a_padded_label_knows_its_window(label_rgb, color_rgb, classes):
    asked = LabelColor(40).asked({'label': label_rgb[:, 8:32], 'color': color_rgb[:, 8:32], 'fit': 'pad'})
    (_, (label, color)), = asked.named
    assert asked.windows == [(slice(0, 40), slice(8, 32))]
    np.testing.assert_array_equal(label[:, :, 8:32], FIVE.one_hot(classes[:, 8:32]))
    assert not label[:, :, :8].any() and not color[:, :, 32:].any() and color.max() == np.float32(0.8)


def test_a_cropped_label_is_painted_whole(label_rgb, classes):
    asked = Label(24).asked({'label': label_rgb[:, 8:32], 'fit': 'crop'})
    (_, (label,)), = asked.named
    assert asked.windows == [None]
    np.testing.assert_array_equal(label, FIVE.one_hot(classes[8:32, 8:32]))


@pytest.mark.parametrize('inputs', [{}, {'fit': 'none'}, {'fit': 'Pad'}])
def test_other_shapes_name_the_flag(label_rgb, inputs):
    with pytest.raises(InputError, match='--fit'):
        Label(24).asked({'label': label_rgb[:, 8:32], **inputs})


def test_a_directory_of_links(save, label_rgb, tmp_path):
    save('elsewhere/a.png', label_rgb)
    (tmp_path / 'maps').mkdir()
    (tmp_path / 'maps' / 'a.png').symlink_to('../elsewhere/a.png')
    with pytest.raises(InputError, match='maps/a.png: a symbolic link that leads out .*--follow_links'):
        Label(24).asked({'label': str(tmp_path / 'maps')})
    asked = Label(24).asked({'label': str(tmp_path / 'maps'), 'follow_links': True})
    assert [name for name, _ in asked.named] == ['a']


def test_names_are_compared_in_one_normal_form(save, label_rgb, color_rgb, tmp_path):
    composed, accents = (unicodedata.normalize(form, 'Amélie') for form in ('NFC', 'NFD'))
    save(f'maps/{accents}.png', label_rgb)
    save(f'colours/{composed}.png', color_rgb)
    asked = LabelColor(40).asked({'label': str(tmp_path / 'maps'), 'color': str(tmp_path / 'colours')})
    assert asked.named[0][1][1].max() == np.float32(0.8)
    one = LabelColor(40).asked({'label': str(tmp_path / 'maps' / f'{composed}.png'),
                                'color': str(tmp_path / 'colours' / f'{accents}.png')})
    np.testing.assert_array_equal(one.named[0][1][1], asked.named[0][1][1])
