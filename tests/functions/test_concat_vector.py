import numpy

from spade_anime.functions.concat_vector import concat_vector


def test_the_vector_stands_beside_every_pixel(random):
    x, vector = random.normal(size=(2, 3, 4, 5)).astype('f'), random.normal(size=(2, 7)).astype('f')
    joined = concat_vector(x, vector).array
    numpy.testing.assert_array_equal(joined[:, :3], x)
    for y in range(4):
        numpy.testing.assert_array_equal(joined[:, 3:, y, 2], vector)


def test_vectors_are_joined_too(random):
    x, vector = random.normal(size=(2, 3)).astype('f'), random.normal(size=(2, 7)).astype('f')
    numpy.testing.assert_array_equal(concat_vector(x, vector).array, numpy.hstack((x, vector)))
