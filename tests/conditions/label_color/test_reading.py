import numpy as np
import pytest

from spade_anime.conditions.label_color.reading import list_labels, read_color, read_label
from spade_anime.data.errors import DataError
from spade_anime.data.hair import HAIR_COLORS, nearest_hair, parse_color, random_hair_color, to_hex
from spade_anime.data.palette import FIVE, HAIR


def test_a_label(save, label_rgb, classes):
    np.testing.assert_array_equal(read_label(save('seg.png', label_rgb), 40).label, FIVE.one_hot(classes))
    assert read_label(save('seg.png', label_rgb), 64).label.shape == (4, 64, 64)


def test_a_whole_strip_is_no_label(save, label_rgb):
    with pytest.raises(DataError, match='label has to be square, found 120 x 40, like an image'):
        read_label(save('strip.png', np.hstack([label_rgb] * 3)), 40)


def test_colours_in_every_form_agree(tmp_path, save, color_rgb, classes):
    label = FIVE.one_hot(classes)
    expected = np.array([204, 51, 102])[:, None, None] / 255 * label[HAIR]
    path = save('color.png', color_rgb)
    for value in ('#cc3366', '#CC3366', 'cc3366', '#c36', '204,51,102', ' (204, 51, 102) ', 'rgb(204,51,102)',
                  '＃ｃｃ３３６６',
                  (204, 51, 102), [204.0, 51, 102], np.array([204, 51, 102]), path, str(path)):
        color = read_color(value, label, 40)
        assert color.dtype == np.float32 and color.shape == (3, 40, 40)
        np.testing.assert_allclose(color, expected, atol=1e-6)
    pink = read_color('Pink', label, 40)
    np.testing.assert_allclose(pink[:, 5, 10] * 255, HAIR_COLORS['pink'], atol=1e-3)


@pytest.mark.parametrize('name, color', [
    ('White', (255, 255, 255)), ('hotpink', (255, 105, 180)), ('navy', (0, 0, 128)), ('teal', HAIR_COLORS['teal']),
    ('light blue', (173, 216, 230)), ('Dark-Blue', (0, 0, 139)), ('ＰＩＮＫ', HAIR_COLORS['pink'])])
def test_names_of_css_stand_for_what_the_own_names_do_not(name, color):
    assert parse_color(name) == color


@pytest.mark.parametrize('value, told', [
    ('#12345', "'#12345': no such colour; allowed are a name .black,.*#rrggbb, #rgb, r,g,b"),
    ('#gggggg', 'no such colour'), ((1, 2), 'no colour'), ((1, 2, 256), 'no colour'), ((0.5, 0.2, 0.1), 'no colour'),
    ([float('nan'), 0, 0], 'no colour'), ('1,2,256', 'no such colour'), ('', 'no such colour'), (None, 'no colour'),
    ('Purpel', 'did you mean purple'), ('lavendr', 'did you mean lavender'),
    ('xyzzy', 'no such colour; allowed are a name .black'), ('x' * 9000, 'no such colour'),
    ('missing.png', 'missing.png: no such file'), ('pictures/pink', 'pink: no such file')])
def test_no_colour(value, told, classes):
    with pytest.raises(DataError, match=told):
        read_color(value, FIVE.one_hot(classes), 40)


def test_hair_colours():
    rng = np.random.default_rng(0)
    drawn = {random_hair_color(rng) for _ in range(300)}
    assert drawn == set(HAIR_COLORS.items()) and len(HAIR_COLORS) >= 10
    for name, value in HAIR_COLORS.items():
        assert nearest_hair(value) == name and parse_color(to_hex(value)) == value == parse_color(name)


def test_labels_of_a_directory(tmp_path, save, label_rgb):
    with pytest.raises(DataError, match='no pictures'):
        list_labels(tmp_path)
    paths = [save(name, label_rgb) for name in ('a.png', 'b.png')]
    (tmp_path / 'notes.txt').write_text('')
    assert list_labels(tmp_path) == paths and list_labels(paths[1]) == paths[1:]
