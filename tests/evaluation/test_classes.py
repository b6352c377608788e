import numpy

from spade_anime.evaluation.classes import class_mean_distance, nearest_class_mean


def images(*levels):
    """An image of one brightness each."""
    return numpy.broadcast_to(numpy.array(levels, numpy.float32)[:, None, None, None], (len(levels), 3, 2, 2))


CLASSES = numpy.array([0, 0, 4, 4])
REAL = images(-1, -0.5, 0.5, 1)  # class means -0.75 and 0.75


def test_distance_of_class_means():
    assert class_mean_distance(REAL, REAL, CLASSES) == 0
    assert numpy.isclose(class_mean_distance(images(0, 0, 0.5, 0.5), REAL, CLASSES), (0.75 + 0.25) / 2)


def test_nearest_class_mean():
    assert nearest_class_mean(REAL, REAL, CLASSES) == 1
    assert nearest_class_mean(images(-0.1, 0.1, 0.1, -0.2), REAL, CLASSES) == 0.5
