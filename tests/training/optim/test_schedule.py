import types

import chainer
import numpy
import pytest

from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.schedule import LearningRate


@pytest.mark.parametrize('iteration, expected', [(0, 1), (40, 1), (70, 0.5 ** 0.9), (100, 0)])
def test_rate_decays_after_the_first_part(iteration, expected):
    schedule = LearningRate(None, 1.0, 100, 0.4, 0.9)
    assert schedule.rate(iteration) == pytest.approx(expected)


@pytest.mark.parametrize('iteration, expected', [(0, 8), (29, 8), (30, 4), (89, 2), (90, 1)])
def test_rate_is_halved_again_and_again(iteration, expected):
    assert LearningRate(None, 8.0, 100, 1.0, 0.9, halving=30).rate(iteration) == expected


def test_average_follows_the_weights():
    link = chainer.links.BatchNormalization(3)
    average = WeightAverage(link, 0.5)
    for t in range(1, 60):
        link.gamma.array[...] = 5
        link.avg_mean[...] = 7
        average(types.SimpleNamespace(updater=types.SimpleNamespace(iteration=t)))
    numpy.testing.assert_allclose(average.average.gamma.array, 5, rtol=1e-5)
    numpy.testing.assert_allclose(average.average.avg_mean, 7, rtol=1e-5)
    assert average.average.gamma is not link.gamma


def test_average_moves_by_its_share():
    link = chainer.links.Linear(1, 1, initialW=0, nobias=True)
    average = WeightAverage(link, 0.75)
    link.W.array[...] = 1
    average(types.SimpleNamespace(updater=types.SimpleNamespace(iteration=1000)))
    numpy.testing.assert_allclose(average.average.W.array, 0.25)
