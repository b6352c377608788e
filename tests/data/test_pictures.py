import os

import numpy as np
import pytest

from spade_anime.data.pictures import save_grid, sheet, text_tile, to_pixels
from spade_anime.errors import WriteError


@pytest.mark.parametrize('value, pixel', [(-1, 0), (1, 255), (0.0, 128),
                                          (-1 + 2 * 0.6 / 255, 1), (-1 + 2 * 0.4 / 255, 0),
                                          (1.5, 255), (-1.5, 0)])
def test_values_are_rounded_not_truncated(value, pixel):
    assert (to_pixels(np.full((3, 2, 4), value, 'f')) == pixel).all()


def test_sheet_places_every_tile():
    tiles = [np.full((6, 6, 3), value, np.uint8) for value in (10, 20, 30)]
    picture = np.asarray(sheet([tiles[:2], tiles[2:]], size=12))
    assert picture.shape == (2 * 16 - 4, 2 * 16 - 4, 3)
    assert [picture[5, 5, 0], picture[5, 20, 0], picture[20, 5, 0], picture[20, 20, 0]] == [10, 20, 30, 255]


def test_captions_and_names_make_room():
    tile = np.zeros((5, 6, 3), np.uint8)
    bare, told = sheet([[tile]]), sheet([[tile]], ['caption'], ['name'])
    assert told.width > bare.width and told.height > bare.height


def test_tiles_of_other_sizes_are_shown_as_large_as_the_rest():
    picture = np.asarray(sheet([[np.zeros((4, 4, 3), np.uint8), np.full((8, 8, 3), 9, np.uint8)]], size=8))
    assert picture.shape == (8, 20, 3) and (picture[:, 12:] == 9).all()


def test_long_texts_are_wrapped_and_cut():
    short, long = text_tile('pink'), text_tile('word ' * 200)
    assert short.shape == long.shape == (128, 128, 3)
    assert (long < 255).sum() > 10 * (short < 255).sum() > 0


@pytest.mark.parametrize('name, size', [('a.jpg', (70_000, 1)), ('a.webp', (20_000, 1))])
def test_pictures_too_large_for_a_format_are_told(tmp_path, name, size):
    with pytest.raises(WriteError, match=f'{name}: cannot be written: '):
        save_grid(tmp_path / name, [np.zeros((*size, 3), np.uint8)])


def test_a_pipe_is_not_written_to(tmp_path):
    os.mkfifo(tmp_path / 'a.png')
    with pytest.raises(WriteError, match='a.png: cannot be written: .*pipe'):
        save_grid(tmp_path / 'a.png', [np.zeros((1, 1, 3), np.uint8)])
