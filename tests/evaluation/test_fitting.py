"""What the judges that are trained networks have in common."""
import numpy
import pytest

from spade_anime.evaluation.fitting import drawn_shift, moved


@pytest.mark.parametrize('by', [(0, 0), (2, -1), (-3, 2)])
def test_moved_images(random, by):
    images = random.rand(2, 3, 8, 8).astype(numpy.float32)
    result = moved(images, by)
    assert result.shape == images.shape
    numpy.testing.assert_array_equal(result[:, :, 3:5, 3:5], images[:, :, 3 - by[0]:5 - by[0], 3 - by[1]:5 - by[1]])


@pytest.mark.parametrize('size, reach', [(16, 1), (64, 3), (128, 6)])
def test_shifts_grow_with_the_image(size, reach):
    random = numpy.random.default_rng(0)
    shifts = numpy.array([drawn_shift(random, size) for _ in range(200)])
    assert shifts.min() == -reach and shifts.max() == reach
