"""Classes as vectors."""
import pytest

from spade_anime.data.classes import class_vector
from spade_anime.data.errors import DataError


def test_vector_of_a_class():
    assert class_vector('b', ('a', 'b', 'c')).tolist() == [0, 1, 0]
    with pytest.raises(DataError, match="'purpel': no such class; did you mean purple. Known are pink, purple"):
        class_vector('purpel', ('pink', 'purple'))
