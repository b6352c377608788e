from pathlib import Path

import numpy
import pytest

from spade_anime.conditions.label_color.dataset import open_dataset
from spade_anime.data.hair import HAIR_COLORS
from spade_anime.data.metadata import read_metadata
from spade_anime.evaluation.color import to_lab
from spade_anime.evaluation.hair import hair_color, hair_name, hair_obeyed

EXAMPLE = Path(__file__).parents[2] / 'dataset' / 'example'
BACKGROUND, SKIN, OUTLINE = (232, 237, 245), (240, 200, 170), (30, 25, 30)


def portrait(hair, skin=SKIN, size=40):
    """A head on a neck: hair above a face with an outline around it."""
    image = numpy.full((size, size, 3), BACKGROUND, numpy.float32)
    image[6:36, 9:31] = OUTLINE
    image[7:35, 10:30] = skin
    image[35:, 15:25] = skin
    image[4:14, 8:32] = hair
    return image.transpose(2, 0, 1) / 127.5 - 1


@pytest.mark.parametrize('name', HAIR_COLORS)
def test_plain_portraits_are_named(name):
    image = portrait(HAIR_COLORS[name])
    assert hair_name(image) == name
    expected = to_lab(numpy.array([HAIR_COLORS[name]]) / 255)[0]
    numpy.testing.assert_allclose(hair_color(image), expected, atol=0.5)


def test_hair_like_the_skin_is_found():
    assert hair_name(portrait(HAIR_COLORS['brown'], skin=HAIR_COLORS['brown'])) == 'brown'


def test_share_of_obeyed():
    images = numpy.stack([portrait(HAIR_COLORS[name]) for name in ('red', 'red', 'green', 'pink')])
    assert hair_obeyed(images, ['red', 'blue', 'green', 'black']) == 0.5


def test_an_empty_image_has_no_hair():
    empty = numpy.zeros((3, 28, 28), numpy.float32)
    assert hair_name(empty) is None
    assert hair_obeyed(empty[None], ['red']) == 0


@pytest.mark.parametrize('size, least', [(64, 0.97), (32, 0.9)])
def test_real_portraits_are_named_as_their_metadata_says(size, least):
    rows = read_metadata(EXAMPLE)[::4]
    known = {row['file_name']: row['hair'] for row in rows}
    dataset = open_dataset(EXAMPLE, size)
    chosen = [i for i, name in enumerate(dataset.names) if name in known]
    images = numpy.stack([dataset[i][0] for i in chosen])
    assert hair_obeyed(images, [known[dataset.names[i]] for i in chosen]) >= least
