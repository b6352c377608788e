"""Labels that hold class indexes, plain or with a palette."""
import numpy as np
import pytest
from PIL import Image

from spade_anime.data.errors import DataError
from spade_anime.data.label_maps.indexes import SPREAD
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import BACKGROUND, EYE, FACE, FIVE, Palette

MASK = Palette(('background', 'coat'), ((0, 0, 0), (255, 255, 255)), (0, 1), 0, None)
APART = Palette(('sky', 'tree', 'rest'), ((0, 128, 255), (0, 90, 0), (90, 90, 90)), (10, 300, 7), 2, None)


def read(picture, palette=FIVE):
    found = read_classes(picture, 'label.png', palette)
    return found.classes, list(found.notes)


def with_palette(indexes, colors):
    picture = Image.fromarray(np.asarray(indexes, np.uint8))
    picture.putpalette(np.asarray(colors, np.uint8).tobytes())
    return picture


def voc(count=256):
    """The palette of Pascal VOC: bits of the index, from the highest of each channel on."""
    colors = np.zeros((count, 3), int)
    for bit in range(8):
        for channel in range(3):
            colors[:, channel] |= (np.arange(count) >> (3 * bit + channel) & 1) << (7 - bit)
    return colors


@pytest.mark.parametrize('missing', [None, EYE, BACKGROUND])
def test_a_voc_palette_is_read_by_index(classes, missing):
    drawn = np.where(classes == missing, FACE, classes).astype(np.uint8)
    found, _ = read(with_palette(drawn, voc()))
    np.testing.assert_array_equal(found, drawn)


def test_any_palette_whose_colours_say_nothing_is_read_by_index(classes):
    for colors in (np.zeros((5, 3)), [[31, 119, 180], [255, 127, 14], [44, 160, 44], [214, 39, 40], [148, 103, 189]],
                   [[230, 30, 75], [60, 180, 75], [255, 225, 125], [0, 130, 200], [245, 130, 48]]):
        np.testing.assert_array_equal(read(with_palette(classes, colors))[0], classes)


def test_a_palette_of_the_projects_colours_is_read_by_colour(classes):
    order = [3, 0, 4, 1, 2]
    picture = with_palette(np.argsort(order)[classes], FIVE.array[order])
    np.testing.assert_array_equal(read(picture)[0], classes)


@pytest.mark.parametrize('background', [(0, 0, 0), (255, 255, 255)])
def test_neutral_background_beside_the_projects_colours(classes, background):
    indexes = np.where(classes == BACKGROUND, 0, classes + 1)
    found, notes = read(with_palette(indexes, [background, *FIVE.colors[:4]]))
    np.testing.assert_array_equal(found, classes)
    assert len(notes) == 1


def test_a_palette_that_says_two_things_is_refused_with_both(classes):
    colors = [(0, 255, 0), (255, 0, 0), (10, 200, 200), (128, 64, 0), (90, 90, 160)]
    with pytest.raises(DataError) as error:
        read(with_palette(classes, colors))
    for part in ('label.png', 'index 0, (0, 255, 0), is face by colour and eye by index', '4 background'):
        assert part in str(error.value)


def test_a_palette_that_is_read_neither_way_is_refused_with_both(classes):
    with pytest.raises(DataError) as error:
        read(with_palette(classes + 7, voc()))
    for part in ('label.png', 'colours of no class', 'hair (0, 0, 255)', 'class indexes 0 eye', '4 background'):
        assert part in str(error.value)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('levels', [(0, 63, 127, 191, 255), (0, 64, 128, 191, 255), (0, 50, 100, 150, 200)])
def test_levels_of_grey_are_indexes(classes, levels):
    grey = np.array(levels, np.uint8)[classes]
    for picture in (Image.fromarray(grey), Image.fromarray(np.dstack([grey] * 3)),
                    Image.fromarray(grey.astype(np.uint16) * 257)):
        found, notes = read(picture)
        np.testing.assert_array_equal(found, classes)
        assert notes == [SPREAD]


def test_indexes_of_8_bits_that_were_saved_as_16(classes):
    """By ImageMagick and others, which write both bytes alike."""
    void = np.where(classes == BACKGROUND, 255, classes)
    for values, count in ((classes, 0), (void, 1)):
        found, notes = read(Image.fromarray(values.astype(np.uint16) * 257))
        np.testing.assert_array_equal(found, classes)
        assert len(notes) == count
    with pytest.raises(DataError, match='found 1285 at'):
        read(Image.fromarray((classes.astype(np.uint16) + 1) * 257))


def test_indexes_in_equal_channels(classes):
    np.testing.assert_array_equal(read(Image.fromarray(np.dstack([classes] * 3)))[0], classes)
    np.testing.assert_array_equal(read(Image.fromarray(classes.astype(np.float32)))[0], classes)


@pytest.mark.parametrize('others', [(EYE, FACE, 2, 3), (FACE, 3)])
def test_an_index_of_labelling_tools_for_nothing_is_background(classes, others):
    drawn = np.where(np.isin(classes, others), classes, BACKGROUND).astype(np.uint8)
    void = np.where(drawn == BACKGROUND, 255, drawn)
    opaque = np.full_like(void, 255)
    for picture in (with_palette(void, voc()), with_palette(void, np.arange(256).repeat(3)), Image.fromarray(void),
                    Image.fromarray(np.dstack([void] * 3)), Image.fromarray(np.dstack([void, opaque]), 'LA'),
                    Image.fromarray(np.where(void == 255, 65535, void).astype(np.uint16))):
        found, (note,) = read(picture)
        np.testing.assert_array_equal(found, drawn)
        assert 'which no class has, is read as background' in note.text
        assert note.share == pytest.approx((drawn == BACKGROUND).mean())


def test_an_index_that_a_class_has_is_no_void(classes):
    palette = Palette(('ground', 'coat', 'sky'), ((9, 90, 0), (200, 0, 0), (0, 0, 200)), (0, 1, 255), 0, None)
    found, notes = read(Image.fromarray(np.array([0, 1, 255, 1, 0], np.uint8)[classes]), palette)
    np.testing.assert_array_equal(found, np.array([0, 1, 2, 1, 0])[classes])
    assert not notes


def test_a_mask_is_no_label(classes):
    for picture in (Image.fromarray((classes == 2).astype(np.uint8) * 255), Image.fromarray(classes == 2),
                    Image.fromarray(np.where(classes == 2, 1, 255).astype(np.uint8))):
        with pytest.raises(DataError, match='label in grey holds class indexes.*found 255'):
            read(picture)


def test_blank_files(classes):
    for picture in (Image.new('L', (40, 40)), Image.new('RGB', (40, 40)), with_palette(classes * 0, voc()),
                    Image.new('LA', (40, 40), (0, 255))):
        with pytest.raises(DataError, match='found 0 everywhere'):
            read(picture)


def test_indexes_and_greys_of_other_palettes(classes):
    mask = (classes == 2).astype(np.uint8)
    for picture in (Image.fromarray(mask), Image.fromarray(mask * 255), Image.fromarray(mask == 1),
                    Image.fromarray(np.dstack([mask * 255] * 3)), Image.new('L', (40, 40))):
        found, _ = read(picture, MASK)
        np.testing.assert_array_equal(found, mask * (np.asarray(picture).max() > 0))
    drawn = (classes % 3).astype(np.uint8)
    indexes = np.array(APART.indexes)[drawn]
    np.testing.assert_array_equal(read(Image.fromarray(indexes.astype(np.uint16)), APART)[0], drawn)
    with pytest.raises(DataError, match='7 rest, 10 sky, 300 tree.*found 8'):
        read(Image.fromarray(np.where(indexes == 7, 8, indexes).astype(np.uint16)), APART)
