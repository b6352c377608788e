"""Pictures that are not square, and strips."""
import numpy as np
import pytest
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.palette import BACKGROUND
from spade_anime.data.squares import cut_padding, middle_square, open_square, same_shape

WIDE = np.arange(2 * 6 * 3, dtype=np.uint8).reshape(2, 6, 3)


def test_the_message_names_what_makes_it_square():
    with pytest.raises(DataError, match='^label: the label has to be square, found 6 x 2.*--fit crop.*--fit pad'):
        open_square(WIDE, 'label')
    with pytest.raises(DataError, match="--fit 'stretch': allowed are none, crop, pad"):
        open_square(WIDE, 'label', 'stretch')


@pytest.mark.parametrize('turned', [False, True])
def test_crop_takes_the_square_in_the_middle(turned):
    pixels = WIDE.transpose(1, 0, 2).copy() if turned else WIDE
    square = open_square(pixels, 'image', 'crop')
    expected = WIDE[:, 2:4].transpose(1, 0, 2) if turned else WIDE[:, 2:4]
    np.testing.assert_array_equal(np.asarray(square.picture), expected)
    assert square.window(64) is None


@pytest.mark.parametrize('turned', [False, True])
def test_pad_repeats_the_border_and_knows_where_the_picture_is(turned):
    square = open_square(WIDE.transpose(1, 0, 2).copy() if turned else WIDE, 'image', 'pad')
    padded = np.asarray(square.picture)
    padded = padded.transpose(1, 0, 2) if turned else padded
    assert padded.shape == (6, 6, 3)
    np.testing.assert_array_equal(padded, np.concatenate([WIDE[:1]] * 2 + [WIDE] + [WIDE[1:]] * 2))
    window = square.window(12)
    assert (window[::-1] if turned else window) == (slice(4, 8), slice(0, 12))


@pytest.mark.parametrize('mode', ['1', 'L', 'LA', 'P', 'RGBA', 'I;16', 'CMYK'])
def test_every_mode_is_padded_in_its_own(mode):
    picture = Image.new('I;16', (5, 3), 40000) if mode == 'I;16' else Image.fromarray(WIDE[:, :5]).convert(mode)
    picture.info['transparency'] = 1
    square = open_square(picture, 'label', 'pad').picture
    assert square.size == (5, 5) and square.mode == mode and square.info['transparency'] == 1
    assert square.getpixel((4, 0)) == picture.getpixel((4, 0)) and square.getpixel((0, 4)) == square.getpixel((0, 2))
    if mode == 'P':
        assert square.getpalette() == picture.getpalette()


def test_a_pixel_or_a_hundredth_too_much_is_cut_off_unasked():
    for width, height in ((513, 512), (64, 65), (1000, 1010)):
        square = open_square(Image.new('RGB', (width, height)), 'label')
        assert square.picture.size == (min(width, height),) * 2 and square.window(64) is None
    with pytest.raises(DataError, match='found 1000 x 1011'):
        open_square(Image.new('RGB', (1000, 1011)), 'label')


def test_a_padded_picture_may_not_become_huge():
    with pytest.raises(DataError, match='9000 x 2 would be padded to 9000 x 9000 pixels, .*--fit crop'):
        open_square(Image.new('L', (9000, 2)), 'image', 'pad')


def test_every_picture_has_a_window_of_at_least_a_pixel():
    assert open_square(Image.new('L', (500, 1)), 'image', 'pad').window(16) == (slice(7, 8), slice(0, 16))


def test_outside_the_window_is_background():
    classes = np.zeros((4, 4), np.uint8)
    cut = cut_padding(classes, (slice(1, 3), slice(0, 4)), BACKGROUND)
    assert (cut[[0, 3]] == BACKGROUND).all() and (cut[1:3] == 0).all() and (classes == 0).all()
    assert cut_padding(classes, None, BACKGROUND) is classes


@pytest.mark.parametrize('first, second, same', [
    ((64, 96), (640, 960), True), ((64, 96), (96, 64), False), ((64, 64), (513, 512), True),
    ((33, 50), (400, 601), True), ((300, 400), (300, 420), False)])
def test_shapes_that_are_the_same(first, second, same):
    squares = [open_square(Image.new('L', size), 'x', 'pad') for size in (first, second)]
    assert same_shape(*squares) is same and same_shape(*squares[::-1]) is same


def test_the_middle_of_a_square_is_itself():
    picture = Image.new('L', (5, 5))
    assert middle_square(picture) is picture
