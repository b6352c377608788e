import numpy
import pytest

from spade_anime.evaluation.color import hair_color_error, mean_absolute_error, to_lab


@pytest.mark.parametrize('rgb, lab', [((1, 1, 1), (100, 0, 0)), ((0, 0, 0), (0, 0, 0)),
                                      ((1, 0, 0), (53.24, 80.09, 67.20)),
                                      ((0, 0, 1), (32.30, 79.19, -107.86))])
def test_lab_of_known_colors(rgb, lab):
    numpy.testing.assert_allclose(to_lab([rgb])[0], lab, atol=0.1)


def flat(rgb):
    return numpy.broadcast_to(numpy.array(rgb, 'f')[None, :, None, None], (1, 3, 8, 8)).copy()


def test_error_is_the_distance_in_the_hair_alone():
    hair = numpy.zeros((1, 1, 8, 8), 'f')
    hair[:, :, :4] = 1
    image = flat((1, 1, 1)) * 2 - 1
    image[:, :, 4:] = -1
    assert hair_color_error(image, hair, flat((1, 1, 1))) == pytest.approx(0, abs=1e-3)
    assert hair_color_error(image, hair, flat((0, 0, 0))) == pytest.approx(100, abs=0.1)


def test_samples_without_hair_do_not_count():
    hair = numpy.zeros((2, 1, 8, 8), 'f')
    hair[0] = 1
    images, colors = (numpy.concatenate([flat(rgb)] * 2) for rgb in ((1, 1, 1), (0, 0, 0)))
    assert hair_color_error(images * 2 - 1, hair, colors) == pytest.approx(100, abs=0.1)
    assert numpy.isnan(hair_color_error(images, numpy.zeros_like(hair), colors))


def test_mean_absolute_error():
    assert mean_absolute_error(flat((1, 1, 1)), flat((-1, 0, 1))) == pytest.approx(1)
