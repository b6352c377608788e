"""Which class the colours of a label mean."""
import numpy as np
import pytest

from spade_anime.conditions.label_color.labels import classes_from_rgb, nearest_classes
from spade_anime.data.errors import DataError
from spade_anime.data.palette import BACKGROUND, EYE, FACE, HAIR, OTHER


@pytest.mark.parametrize('color, expected', [
    ((103, 0, 0), EYE), ((200, 102, 102), EYE), ((0, 103, 90), FACE), ((60, 70, 140), HAIR),
    ((120, 102, 110), OTHER), ((220, 180, 100), BACKGROUND)])
def test_a_channel_is_on_above_four_tenths(color, expected):
    classes, stray = classes_from_rgb(np.full((3, 3, 3), color, dtype=np.uint8))
    assert (classes == expected).all() and stray == 0


@pytest.mark.parametrize('color, expected', [
    ((90, 10, 10), EYE), ((20, 100, 0), FACE), ((0, 120, 130), HAIR), ((130, 120, 140), OTHER),
    ((255, 255, 250), BACKGROUND), ((0, 0, 0), HAIR), ((255, 255, 255), BACKGROUND)])
def test_strays_take_the_nearest_colour(color, expected):
    assert nearest_classes(np.array([color], dtype=np.uint8)).tolist() == [expected]


def _with_strays(count):
    rgb = np.full((100, 100, 3), (0, 255, 0), dtype=np.uint8)
    rgb[60, 20:20 + count] = (0, 250, 251)
    return rgb


def test_strays_below_half_a_percent_are_mended():
    classes, stray = classes_from_rgb(_with_strays(49))
    assert stray == pytest.approx(0.0049)
    assert (classes[60, 20:69] == HAIR).all() and (np.delete(classes, 60, axis=0) == FACE).all()


def test_half_a_percent_of_strays_is_refused_with_pixel_colour_and_palette():
    with pytest.raises(DataError) as error:
        classes_from_rgb(_with_strays(50), 'label/7.png')
    message = str(error.value)
    for part in ('label/7.png', 'x=20, y=60', '(0, 250, 251)', 'hair (0, 0, 255)', '0.5 %'):
        assert part in message
    assert '\n' not in message
