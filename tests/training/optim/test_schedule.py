import types

import chainer
import numpy
import pytest

from kernels.adam import Rates
from spade_anime.training.optim.adam import Adam
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.optimizers import make_schedules
from spade_anime.training.optim.schedule import LearningRate


def iteration(number):
    """A trainer after so many iterations."""
    return types.SimpleNamespace(updater=types.SimpleNamespace(iteration=number))


LAST = (1 / 60) ** 0.9


@pytest.mark.parametrize('finished, expected', [(0, 1), (40, 1), (70, 0.5 ** 0.9), (99, LAST), (100, LAST),
                                                (500, LAST)])
def test_rate_decays_after_the_first_part(finished, expected):
    assert Rates(1.0, first=40, last=100, power=0.9).at(finished) == pytest.approx(expected)


@pytest.mark.parametrize('finished, expected', [(0, 8), (29, 8), (30, 4), (89, 2), (90, 1)])
def test_rate_is_halved_again_and_again(finished, expected):
    assert Rates(8.0, halving=30).at(finished) == expected


def test_the_optimizer_gets_the_rate_of_the_next_iteration():
    optimizer = types.SimpleNamespace(alpha=None)
    schedule = LearningRate(optimizer, Rates(8.0, halving=2))
    schedule.initialize(iteration(2))
    assert optimizer.alpha == 4
    schedule(iteration(4))
    assert optimizer.alpha == 2


def test_each_network_has_its_rates_in_iterations_of_the_training():
    options = types.SimpleNamespace(g_lr=1e-3, d_lr=1e-4, n_dpg=3, lr_poly_train_period=0.25, lr_poly_power=0.5,
                                    lr_halve_epochs=2.0)
    optimizers = {name: Adam() for name in ('gen', 'dis')}
    gen, dis = make_schedules(options, optimizers, 40, 7.0, datasets=2)
    assert gen.rates == Rates(1e-3, first=10, last=40, power=0.5, halving=14) and dis.rates.initial == 1e-4
    assert (gen.name, dis.name) == ('rate_gen', 'rate_dis')
    settings = [optimizers[name]._current_settings() for name in ('gen', 'dis')]
    assert [each.rates for each in settings] == [gen.rates, dis.rates]
    assert [each.updates_per_iteration for each in settings] == [2, 6]


def test_average_follows_the_weights():
    link = chainer.links.BatchNormalization(3)
    average = WeightAverage(link, 0.5)
    for t in range(1, 60):
        link.gamma.array[...] = 5
        link.avg_mean[...] = 7
        average(iteration(t))
    numpy.testing.assert_allclose(average.average.gamma.array, 5, rtol=1e-5)
    numpy.testing.assert_allclose(average.average.avg_mean, 7, rtol=1e-5)
    assert average.average.gamma is not link.gamma


def test_average_moves_by_its_share():
    link = chainer.links.Linear(1, 1, initialW=0, nobias=True)
    average = WeightAverage(link, 0.75)
    link.W.array[...] = 1
    average(iteration(1000))
    numpy.testing.assert_allclose(average.average.W.array, 0.25)
