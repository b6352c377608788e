"""The estimated time of a training, and what is left of measuring it."""
import gc
import types
import weakref

import chainer
import numpy
import pytest

from spade_anime import devices
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.systems.spade.system import SpadeSystem
from spade_anime.systems.system import TrainingData
from spade_anime.training import estimate

DATA = TrainingData([], [], LabelColor(64))


def test_nothing_of_the_measured_step_is_left_when_the_memory_is_given_back(random, monkeypatch):
    """On a GPU a captured step has a pool of its own: what the default pool kept would be taken twice."""
    system = SpadeSystem(SpadeSystem.Options(image_size=64, ngf=2, ndf=2, spade_ch=8))
    networks = {'gen': system.generator(DATA.condition), 'dis': system.discriminator(DATA.condition)}
    sample = tuple(random.rand(channels, 64, 64).astype('f') for channels in (3, 4, 3))
    before, alive, known = [network.copy('copy') for network in networks.values()], [], []
    measured = estimate.seconds_an_iteration

    def objective_of(gen, dis):
        return system.objective(gen, dis, DATA)

    def watched(objective, *arguments):
        known.extend(weakref.ref(param) for link in (objective.gen, objective.dis) for param in link.params())
        return measured(objective, *arguments)

    def free(device):
        gc.collect()
        alive.append(sum(reference() is not None for reference in known))
    monkeypatch.setattr(estimate, 'seconds_an_iteration', watched)
    monkeypatch.setattr(estimate, 'free_unused', free)
    assert estimate.estimated_seconds(objective_of, networks, [sample] * 2, chainer.get_device('@numpy'), 1) > 0
    assert known and alive == [0]
    for network, copy in zip(networks.values(), before):
        for param, twin in zip(network.params(), copy.params()):
            assert numpy.array_equal(param.array, twin.array)


def test_the_pool_of_a_gpu_gives_back_what_no_array_uses():
    given = []
    pool = types.SimpleNamespace(free_all_blocks=lambda: given.append('blocks'))
    devices.free_unused(types.SimpleNamespace(xp=types.SimpleNamespace(get_default_memory_pool=lambda: pool)))
    devices.free_unused(chainer.get_device('@numpy'))
    assert given == ['blocks']


@pytest.mark.parametrize('seconds, text', [(45, '45 s'), (300, '5 min'), (7200, '2.0 h')])
def test_lengths_of_time(seconds, text):
    assert estimate.duration(seconds) == text
