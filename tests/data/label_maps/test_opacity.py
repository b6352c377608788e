"""Labels painted on a layer of part opacity."""
import numpy as np
import pytest
from PIL import Image

from spade_anime.data.label_maps.opacity import FAINT
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import BACKGROUND, FIVE, HAIR


def read(picture):
    found = read_classes(picture, 'label.png', FIVE)
    return found.classes, [note.text for note in found.notes]


def layers(classes, opacity):
    """The label with that opacity (0..1) where it is not background: straight, multiplied, and as indexes."""
    alpha = np.where(classes == BACKGROUND, 0, round(255 * opacity)).astype(np.uint8)
    multiplied = np.rint(FIVE.array[classes] * (alpha[:, :, None] / 255)).astype(np.uint8)
    indexed = Image.fromarray(np.dstack([FIVE.array[classes], alpha])).quantize(6)
    return {'straight': Image.fromarray(np.dstack([FIVE.array[classes], alpha])),
            'multiplied': Image.fromarray(np.dstack([multiplied, alpha])),
            'RGBa': Image.frombytes('RGBa', classes.shape[::-1], np.dstack([multiplied, alpha]).tobytes()),
            'LA': Image.merge('LA', [Image.fromarray(classes), Image.fromarray(alpha)]),
            'equal channels': Image.fromarray(np.dstack([classes, classes, classes, alpha])),
            'P': indexed, 'PA': indexed.convert('PA')}


@pytest.mark.parametrize('opacity', [0.2, 0.34, 0.49, 0.5, 0.75, 0.99])
def test_a_layer_counts_by_its_colour(classes, opacity):
    for name, picture in layers(classes, opacity).items():
        found, notes = read(picture)
        np.testing.assert_array_equal(found, classes, name)
        assert not notes


def test_what_is_transparent_is_background_whatever_its_colour(classes, label_rgb):
    alpha = np.where(classes == HAIR, 0, 255).astype(np.uint8)
    found, _ = read(Image.fromarray(np.dstack([label_rgb, alpha])))
    np.testing.assert_array_equal(found, np.where(classes == HAIR, BACKGROUND, classes))


def test_a_soft_edge_ends_in_its_middle():
    alpha = np.zeros((64, 64), np.uint8)
    alpha[:, :32] = 120
    alpha[:, 28:36] = np.linspace(120, 0, 8)
    rgb = np.full((64, 64, 3), FIVE.colors[HAIR], np.uint8)
    for colors in (rgb, np.rint(rgb * (alpha[:, :, None] / 255)).astype(np.uint8)):
        found, notes = read(Image.fromarray(np.dstack([colors, alpha])))
        assert (found[:, :32] == HAIR).all() and (found[:, 32:] == BACKGROUND).all() and not notes


def test_a_single_opaque_speck_does_not_make_the_rest_faint(classes, label_rgb):
    alpha = np.full((40, 40), 100, np.uint8)
    alpha[3, 3] = 255
    found, _ = read(Image.fromarray(np.dstack([label_rgb, alpha])))
    np.testing.assert_array_equal(found, classes)


def test_a_region_that_is_too_faint_is_noted(classes, label_rgb):
    alpha = np.where(classes == HAIR, 100, 255).astype(np.uint8)
    found, notes = read(Image.fromarray(np.dstack([label_rgb, alpha])))
    np.testing.assert_array_equal(found, np.where(classes == HAIR, BACKGROUND, classes))
    assert notes == [FAINT]
