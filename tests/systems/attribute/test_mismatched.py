"""Wrong attributes truly differ, and occur in the training set."""
import numpy
import pytest

from spade_anime.fields import OptionError
from spade_anime.systems.attribute.mismatched import WrongVectors
from spade_anime.systems.attribute.options import KINDS

VECTORS = numpy.array([[0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1]], numpy.float32)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('batch', [1, 4])
def test_wrong_vectors_differ_and_occur(kind, batch):
    wrong = WrongVectors(VECTORS, kind, 0)
    known = {tuple(row) for row in VECTORS}
    for _ in range(50):
        result = wrong(VECTORS[:batch])
        assert result.shape == (batch, 4) and result.dtype == numpy.float32
        assert (result != VECTORS[:batch]).any(1).all()
        assert {tuple(row) for row in result} <= known


@pytest.mark.parametrize('kind', KINDS)
def test_draws_repeat_by_seed(kind):
    first, second = (WrongVectors(VECTORS, kind, 5) for _ in range(2))
    for _ in range(5):
        numpy.testing.assert_array_equal(first(VECTORS), second(VECTORS))


def test_vector_that_is_not_of_the_training_set():
    assert WrongVectors(VECTORS, 'near', 0)(numpy.ones((1, 4), numpy.float32)).shape == (1, 4)


def test_near_prefers_few_differences():
    """From 0001, attribute 1 differs in 1001 and 1111, one and three differences: 1001 is four times as likely."""
    wrong, row = WrongVectors(VECTORS, 'near', 0), VECTORS[:1]
    drawn = numpy.concatenate([wrong(row) for _ in range(600)])
    # One attribute of three is the first, and then 4/5; the others differ in 1111 alone.
    assert abs((drawn[:, 1] == 0).mean() - 4 / 15) < 0.05


def test_one_vector_alone_has_no_wrong_one():
    with pytest.raises(OptionError, match='all 2 images.*same attributes'):
        WrongVectors(VECTORS[:2], 'any', 0)
