"""Strips of squares: exact ones, with gaps and frames, and with the label first."""
import warnings

import numpy as np
import pytest
from PIL import Image

from spade_anime.conditions.label_color.dataset import check_dataset, open_dataset
from spade_anime.conditions.label_color.samples import TURNED
from spade_anime.conditions.label_color.strips import GAPS, split_strip
from spade_anime.data.errors import DataError
from spade_anime.data.images import open_picture


def spaced(squares, gap, frame=0, color=255):
    """Squares (H, W, 3) side by side, with gaps between them and a frame around."""
    parts = [part for square in squares for part in (square, np.full((len(square), gap, 3), color, np.uint8))][:-1]
    return np.pad(np.hstack(parts), ((frame, frame), (frame, frame), (0, 0)), constant_values=color)


@pytest.mark.parametrize('mode', ['RGB', 'L', 'P', 'RGBA'])
def test_strips_are_cut_by_their_shape(image_rgb, mode):
    for count in (2, 3):
        squares, notes = split_strip(Image.fromarray(np.hstack([image_rgb] * count)).convert(mode), 's.png')
        assert [(square.picture.size, square.picture.mode) for square in squares] == [((40, 40), mode)] * count
        assert not notes


@pytest.mark.parametrize('gap, frame, color', [(1, 0, 0), (5, 0, 90), (3, 3, 255), (2, 2, 0)])
@pytest.mark.parametrize('count', [2, 3])
def test_gaps_and_frames_are_left_out(image_rgb, label_rgb, color_rgb, gap, frame, color, count):
    drawn = [image_rgb, label_rgb, color_rgb][:count]
    squares, notes = split_strip(Image.fromarray(spaced(drawn, gap, frame, color)), 's.png')
    for square, original in zip(squares, drawn, strict=True):
        np.testing.assert_array_equal(np.asarray(square.picture), original)
    assert notes == (GAPS,)


def test_gaps_of_a_lossy_strip(save, image_rgb, label_rgb):
    squares, _ = split_strip(open_picture(save('s.jpg', spaced([image_rgb, label_rgb], 4), quality=90)), 's.jpg')
    assert np.abs(np.asarray(squares[0].picture).astype(int) - image_rgb).mean() < 8


def test_what_is_no_gap_is_refused(image_rgb, label_rgb):
    drawn = spaced([image_rgb, label_rgb], 4)
    drawn[20:, 40:44] = 0
    wide = spaced([image_rgb, label_rgb], 8)
    for strip in (drawn, wide, image_rgb, np.hstack([image_rgb] * 4), np.hstack([image_rgb] * 3)[:, :119]):
        with pytest.raises(DataError, match=f's.png: a strip has to be 3 x .* found {strip.shape[1]} x 40; .*folders'):
            split_strip(Image.fromarray(strip), 's.png')


def warned_by(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        call()
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize('colored', [False, True])
def test_a_label_that_comes_first(save, image_rgb, label_rgb, color_rgb, colored):
    more = [color_rgb] * colored
    for name in 'ab':
        turned = save(f'turned/{name}.png', spaced([label_rgb, image_rgb, *more], 2)).parent
        usual = save(f'usual/{name}.png', np.hstack([image_rgb, label_rgb, *more])).parent
    lines = warned_by(lambda: check_dataset(open_dataset(turned, 16)))
    assert [GAPS.text in lines[0], TURNED.text in lines[1], len(lines)] == [True, True, 2]
    for found, expected in zip(open_dataset(turned, 40)[0], open_dataset(usual, 40)[0], strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_strip_without_a_label_says_where_it_belongs(save, image_rgb):
    directory = save('set/a.png', np.hstack([image_rgb, image_rgb])).parent
    with pytest.raises(DataError, match='a.png.*; the label of a strip is its second square, or its first'):
        check_dataset(open_dataset(directory, 16))
