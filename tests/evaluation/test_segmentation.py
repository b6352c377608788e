"""The segmentation network, and what is counted of what it sees."""
import chainer
import numpy
import pytest

from spade_anime.evaluation import segmentation
from spade_anime.evaluation.segmentation import SegmentationNetwork, agreement, confusion, pairs_of

NAMES = ('square', 'disc', 'background')


def test_confusion_by_hand():
    asked = numpy.array([[[0, 0], [1, 2]]], numpy.uint8)
    seen = numpy.array([[[0, 1], [1, 1]]], numpy.uint8)
    numpy.testing.assert_array_equal(confusion(asked, seen, 3), [[1, 1, 0], [0, 1, 0], [0, 1, 0]])


def test_agreement_by_hand():
    scores = agreement(numpy.array([[6, 2, 0], [1, 3, 0], [0, 1, 7]]), NAMES)
    ious = 6 / 9, 3 / 7, 7 / 8
    assert scores == pytest.approx({
        'label_miou': sum(ious) / 3, 'label_accuracy': 16 / 20,
        'label_iou/square': ious[0], 'label_iou/disc': ious[1], 'label_iou/background': ious[2],
        'label_accuracy/square': 6 / 8, 'label_accuracy/disc': 3 / 4, 'label_accuracy/background': 7 / 8})


def test_a_class_that_does_not_occur_does_not_count():
    scores = agreement(numpy.array([[4, 0, 0], [0, 0, 0], [0, 0, 4]]), NAMES)
    assert scores['label_miou'] == 1 and 'label_iou/disc' not in scores


def test_a_class_that_is_seen_alone_counts_against_the_mean():
    scores = agreement(numpy.array([[4, 0, 0], [0, 0, 0], [0, 2, 2]]), NAMES)
    assert scores['label_miou'] == pytest.approx((1 + 0 + 0.5) / 3)
    assert scores['label_iou/disc'] == 0 and 'label_accuracy/disc' not in scores


def test_background_is_where_no_channel_is_on():
    label = numpy.zeros((1, 2, 2, 2), numpy.float32)
    label[0, 0, 0, 0] = label[0, 1, 1, 0] = 1
    pairs = pairs_of(numpy.zeros((1, 3, 2, 2), numpy.float32), label)
    numpy.testing.assert_array_equal(pairs.classes, [[[0, 2], [1, 2]]])


def test_large_pairs_are_averaged_down(monkeypatch):
    monkeypatch.setattr(segmentation, 'MOST_SIZE', 4)
    image = numpy.zeros((1, 3, 8, 8), numpy.float32)
    image[..., ::2] = 1
    label = numpy.zeros((1, 2, 8, 8), numpy.float32)
    label[0, 0, :, :4] = label[0, 1, :, 4:] = 1
    label[0, 0, 0, 0] = 0  # a quarter of its pixel: the rest decides
    pairs = pairs_of(image, label)
    numpy.testing.assert_allclose(pairs.images, numpy.full((1, 3, 4, 4), 0.5))
    numpy.testing.assert_array_equal(pairs.classes[0], [[0, 0, 1, 1]] * 4)


def test_network_keeps_the_resolution_and_sees_far():
    network = SegmentationNetwork(3)
    images = numpy.zeros((1, 3, 40, 40), numpy.float32)
    other = images.copy()
    other[..., 0, 0] = 1
    with chainer.using_config('train', False):
        first, second = (network(array).array for array in (images, other))
    assert first.shape == (1, 3, 40, 40)
    assert abs(first - second)[..., 33, 33].max() > 0


def test_weights_come_from_the_seed_alone():
    first = SegmentationNetwork(3, 5)
    numpy.random.seed(77)
    state = numpy.random.get_state()[1].copy()
    second = SegmentationNetwork(3, 5)
    numpy.testing.assert_array_equal(first.convs[0].W.array, second.convs[0].W.array)
    numpy.testing.assert_array_equal(numpy.random.get_state()[1], state)
