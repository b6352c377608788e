"""Labels whose classes have another order, and the lines that say what was noticed."""
import numpy as np
import pytest
from PIL import Image

from spade_anime.data.label_maps.checks import BLANK
from spade_anime.data.label_maps.notes import Note, lines
from spade_anime.data.label_maps.reading import read_classes
from spade_anime.data.palette import FIVE, Palette


def notes_of(array, palette=FIVE):
    return [note.text for note in read_classes(Image.fromarray(array), 'label.png', palette).notes]


@pytest.mark.parametrize('order, meant', [
    ((1, 2, 3, 4, 0), 'as if 0 = background, 1 = eye, 2 = face, 3 = hair, 4 = other were meant'),
    ((0, 2, 3, 4, 1), 'as if 0 = eye, 1 = background, 2 = face, 3 = hair, 4 = other were meant'),
    ((1, 0, 2, 3, 4), 'check which index is which: 0 = eye, 1 = face')])
def test_another_order_of_indexes_is_noticed(classes, order, meant):
    text, = notes_of(np.array(order, np.uint8)[classes])
    assert text.startswith('eyes are larger than faces, or corners are not background') and meant in text


def test_swapped_colours_are_noticed(classes):
    text, = notes_of(FIVE.array[[1, 0, 2, 3, 4]][classes])
    assert 'check which colour is which: eye (255, 0, 0)' in text


def test_labels_that_are_right_are_not_suspected(classes):
    close_up = classes.copy()
    close_up[classes == 4] = 2
    for drawn in (classes, close_up, np.where(classes == 0, 1, classes)):
        assert not notes_of(FIVE.array[drawn])


def test_a_label_of_background_alone_is_noticed(classes):
    blank = np.full_like(classes, FIVE.background)
    transparent = np.zeros((*classes.shape, 4), np.uint8)
    for drawn in (blank, FIVE.array[blank], transparent):
        assert notes_of(drawn) == [BLANK.text]


def test_other_palettes_are_judged_by_their_corners_alone(classes):
    scene = Palette(('sky', 'eye', 'nothing'), ((0, 0, 255), (255, 0, 0), (255, 255, 0)), (0, 1, 2), 2, None)
    drawn = np.zeros((20, 20), np.uint8)
    drawn[5:] = 1
    assert not notes_of(scene.array[drawn], scene)
    drawn[8:12, 8:12] = 2
    assert len(notes_of(scene.array[drawn], scene)) == 1


def test_a_set_has_one_line_a_kind_and_a_file_one():
    found = {'a.png': (Note('soft', 0.01),), 'b.png': (Note('soft', 0.034), Note('white', 0.5))}
    assert lines(found, 7) == ['2 of 7 labels: soft (most in b.png: 3.4 %)',
                               '1 of 7 labels: white (most in b.png: 50 %)']
    assert lines({'a.png': (Note('soft', 0.01),)}, 1) == ['a.png: soft (1 % of the label)']
