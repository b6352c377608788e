"""The classifier that judges attributes."""
import numpy
import pytest

from spade_anime.evaluation.classifier import balanced_accuracies, recognised, train_classifier


def test_balanced_accuracy_by_hand():
    asked = numpy.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]], bool)
    seen = numpy.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [0, 0, 0]], bool)
    scores = balanced_accuracies(seen, asked)
    numpy.testing.assert_allclose(scores[:2], ((1 / 2 + 2 / 2) / 2, (1 / 1 + 2 / 3) / 2))
    assert numpy.isnan(scores[2])


def test_seeing_always_the_same_is_chance():
    asked = numpy.array([[1], [0], [0], [0]], bool)
    for seen in (True, False):
        assert balanced_accuracies(numpy.full((4, 1), seen), asked) == 0.5


@pytest.fixture
def squares():
    """A bright square at the top or at the bottom, red or green."""
    random, samples = numpy.random.default_rng(0), []
    for i in range(48):
        at_the_top, red = i % 2, i // 2 % 4 == 0
        image = random.uniform(-1, -0.8, (3, 16, 16)).astype(numpy.float32)
        top = 2 if at_the_top else 9
        image[0 if red else 1, top:top + 4, 6:10] = 1
        samples.append((image, numpy.array((at_the_top, red), numpy.float32)))
    return samples


def test_classifier_learns_and_repeats(squares):
    first, second = (train_classifier(squares[:32], 16, seed=3, iterations=60) for _ in range(2))
    images, vectors = (numpy.stack(arrays) for arrays in zip(*squares[32:]))
    seen = recognised(first, images)
    assert (balanced_accuracies(seen, vectors > 0.5) > 0.9).all()
    numpy.testing.assert_array_equal(seen, recognised(second, images))
