import numpy
import pytest

from spade_anime.data.cropping import Cropped
from spade_anime.data.splitting import Mirrored, image_count

SIZE, LARGER = 5, 8


@pytest.fixture
def dataset():
    """Three samples whose label tells where each pixel of the image lies."""
    places = numpy.stack(numpy.meshgrid(range(LARGER), range(LARGER), indexing='ij')).astype('f')
    return [(100 * n + places.sum(axis=0, keepdims=True), places, numpy.full(4, n, 'f')) for n in range(3)]


def all_of(dataset):
    return [dataset[i] for i in range(len(dataset))]


def test_image_and_maps_are_cropped_at_one_place(dataset):
    for i, (image, places, vector) in enumerate(all_of(Cropped(dataset, SIZE, 10))):
        assert image.shape == (1, SIZE, SIZE) and places.shape == (2, SIZE, SIZE)
        numpy.testing.assert_array_equal(image[0], 100 * (i % 3) + places.sum(axis=0))
        assert (vector == i % 3).all()
        assert image.flags.c_contiguous


def test_crops_reach_every_place(dataset):
    corners = {tuple(places[:, 0, 0].astype(int)) for _, places, _ in all_of(Cropped(dataset, SIZE, 100))}
    assert corners == {(y, x) for y in range(4) for x in range(4)}


def test_a_crop_is_the_same_each_time(dataset):
    cropped = Cropped(dataset, SIZE, 10)
    for first, second in zip(cropped[7], cropped[7]):
        numpy.testing.assert_array_equal(first, second)


def test_copies_are_no_images_of_their_own(dataset):
    cropped = Cropped(Mirrored(dataset), SIZE, 10)
    assert len(cropped) == 60
    assert image_count(cropped) == 3
