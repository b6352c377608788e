"""Directories of label maps, of which some cannot be read."""
import pytest

from spade_anime.conditions.label_color.inputs import read_inputs
from spade_anime.data.errors import DataError


@pytest.fixture
def labels(save, label_rgb):
    """Two label maps, one that is not square, and one that is no picture."""
    for name in ('a', 'd'):
        path = save(f'labels/{name}.png', label_rgb)
    save('labels/b.png', label_rgb[:20])
    (path.parent / 'c.png').write_text('no picture')
    return path.parent


def test_all_faults_are_told_and_the_rest_is_read(labels):
    found, faults = read_inputs(str(labels), 'pink', 16, 0)
    assert [name for name, *_ in found] == ['a', 'd'] and found[0][1].shape == (4, 16, 16)
    assert len(faults) == 2 and 'b.png: the label has to be square' in faults[0] and 'c.png: not a' in faults[1]


def test_label_maps_without_a_colour_are_faults(labels, save, color_rgb):
    directory = save('colors/d.jpg', color_rgb).parent
    found, faults = read_inputs(labels, directory, 16, 0)
    assert [name for name, *_ in found] == ['d']
    assert len(faults) == 3 and faults[0].endswith('colors: no image for the label map a.png')


@pytest.mark.parametrize('color, told', [('pnik', 'did you mean pink'), ('none.png', '^none.png: no such file$')])
def test_what_is_wrong_with_all_is_told_once(labels, color, told):
    for name in ('b', 'c'):
        (labels / f'{name}.png').unlink()
    with pytest.raises(DataError, match=told):
        read_inputs(labels, color, 16, 0)
