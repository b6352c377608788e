"""Portraits of other styles; what needs the extra ``example`` is skipped without it."""
import numpy
import pytest

from spade_anime.data.palette import FIVE
from spade_anime.labelling.styles import LORELEI


@pytest.fixture
def rendered():
    for name in ('dicebear', 'resvg_py'):
        pytest.importorskip(name, reason='needs the extra "example": pip install ".[example]"')
    from spade_anime.labelling import rendered
    return rendered


@pytest.mark.parametrize('style', [LORELEI, 'micah'])
def test_a_portrait_has_exact_labels(rendered, style):
    order = rendered.Order(style, seed=3, number=1)
    picture, classes = rendered.render(order)
    assert picture.shape == (*classes.shape, 4)
    # What is drawn is no background, but for its smooth edges; the parts of a head are there.
    drawn, empty = picture[:, :, 3] == 255, picture[:, :, 3] == 0
    assert (classes[drawn] != FIVE.background).mean() > 0.99 and (classes[empty] == FIVE.background).mean() > 0.99
    counts = numpy.bincount(classes.ravel(), minlength=5)
    assert counts[FIVE.names.index('face')] > counts[FIVE.names.index('eye')] > 0 and counts[FIVE.hair] > 100
    again = rendered.render(order)
    numpy.testing.assert_array_equal(picture, again.picture)
    assert (rendered.render(order._replace(number=2)).picture != picture).any()
