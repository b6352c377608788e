import contextlib
import types

import chainer
import numpy
import pytest
from from_systems import of_system

from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.systems.system import TrainingData
from spade_anime.training.frozen import frozen
from spade_anime.training.optim.adam import Adam
from spade_anime.training.updater import GANUpdater, TrainingDiverged

SpadeSystem = of_system('spade.system.SpadeSystem')

SIZE = 32
DATA = TrainingData([], [], LabelColor(SIZE))

SMALL = {'image_size': SIZE, 'ngf': 4, 'ndf': 8, 'spade_ch': 8, 'batch_size': 2}


class Endless(chainer.dataset.Iterator):
    """The same batch again and again."""

    epoch, epoch_detail, is_new_epoch = 0, 0.0, False
    all_or_none = contextlib.nullcontext

    def __init__(self, batch):
        self.batch = batch

    def next(self):
        return list(zip(*self.batch))


def batch_of(random, size=2):
    return (random.uniform(-1, 1, (size, 3, SIZE, SIZE)).astype('f'),
            random.randint(0, 2, (size, 4, SIZE, SIZE)).astype('f'), random.rand(size, 3, SIZE, SIZE).astype('f'))


def updater_of(random, n_dis=1, weights=None, **changes):
    system = SpadeSystem(SpadeSystem.Options(**{**SMALL, **changes}))
    gen, dis = system.generator(DATA.condition), system.discriminator(DATA.condition)
    optimizers = {'gen': Adam(1e-3, 0.0, 0.9).setup(gen), 'dis': Adam(1e-3, 0.0, 0.9).setup(dis)}
    weights = weights or {'main': 1.0}
    iterators = {name: Endless(batch_of(random)) for name in weights}
    return GANUpdater(iterators, optimizers, system.objective(gen, dis, DATA), weights, n_dis,
                      chainer.get_device('@numpy'))


def observed(updater):
    reporter = chainer.Reporter()
    observation = {}
    with reporter.scope(observation):
        updater.update()
    return observation


@pytest.mark.parametrize('changes, terms', [
    ({}, {'dis/real', 'dis/fake', 'dis/penalty', 'dis/loss', 'gen/adversarial', 'gen/feature_matching', 'gen/loss'}),
    ({'gp_coef': 0.0, 'fm_coef': 0.0, 'l1_coef': 1.0, 'ms_coef': 1.0},
     {'dis/real', 'dis/fake', 'dis/loss', 'gen/adversarial', 'gen/l1', 'gen/mode_seeking', 'gen/loss'})])
def test_terms_are_those_that_were_asked_for(random, changes, terms):
    assert set(observed(updater_of(random, **changes))) == terms


@pytest.mark.parametrize('mode', ['hinge', 'bce', 'mse', 'wgan'])
@pytest.mark.parametrize('penalised', ['real', 'fake', 'real_fake', 'both'])
def test_every_loss_and_penalty_steps(random, mode, penalised):
    observation = observed(updater_of(random, adv_loss_mode=mode, zero_gp_mode=penalised))
    assert observation['dis/penalty'] > 0
    total = sum(observation[f'dis/{name}'] for name in ('real', 'fake', 'penalty'))
    numpy.testing.assert_allclose(observation['dis/loss'], total, rtol=1e-5)


def test_lazy_penalty_comes_every_nth_update_and_n_times_as_hard(random):
    lazy = updater_of(random, gp_interval=3)
    assert ['dis/penalty' in observed(lazy) for _ in range(4)] == [True, False, False, True]
    systems = [SpadeSystem(SpadeSystem.Options(**SMALL, gp_interval=n)) for n in (1, 3)]
    gen, dis = systems[0].generator(DATA.condition), systems[0].discriminator(DATA.condition)
    batch = batch_of(random)
    with chainer.using_config('train', False):
        once, thrice = (system.objective(gen, dis, DATA).discriminator_terms(*batch)['penalty'].array
                        for system in systems)
    numpy.testing.assert_allclose(3 * once, thrice, rtol=1e-4)


def test_discriminator_step_leaves_the_generator_without_gradients(random):
    updater = updater_of(random)
    gen, dis = (updater.get_optimizer(side).target for side in ('gen', 'dis'))
    gen.cleargrads()
    sum(updater.objective.discriminator_terms(*batch_of(random)).values()).backward()
    assert all(param.grad is None for param in gen.params())
    assert all(param.grad is not None for name, param in dis.namedparams())


def test_generator_step_computes_no_gradients_of_the_discriminator(random):
    updater = updater_of(random)
    gen, dis = (updater.get_optimizer(side).target for side in ('gen', 'dis'))
    dis.cleargrads()
    with frozen(dis):
        sum(updater.objective.generator_terms(*batch_of(random)).values()).backward()
    assert all(param.grad is None for param in dis.params())
    assert all(param.grad is not None for param in gen.params())
    assert all(param.requires_grad for param in dis.params())


def test_rough_set_is_weighted_and_reported_apart(random):
    updater = updater_of(random, weights={'main': 1.0, 'rough': 0.1})
    observation = observed(updater)
    terms = sum(value for name, value in observation.items()
                if name.startswith('rough_gen/') and not name.endswith('/loss'))
    numpy.testing.assert_allclose(observation['rough_gen/loss'], 0.1 * terms, rtol=1e-4)


def test_several_discriminator_updates(random):
    updater = updater_of(random, n_dis=3)
    updater.update()
    assert updater.get_optimizer('dis').t == 3
    assert updater.get_optimizer('gen').t == 1


def test_loss_that_is_not_a_number_stops_before_the_update(random):
    updater = updater_of(random)
    updater.update()
    gen = updater.get_optimizer('gen').target
    updater.get_optimizer('dis').target.conv1.W.array[0] = numpy.nan
    before = gen.head.W.array.copy()
    with pytest.raises(TrainingDiverged, match=r'dis/\w+ is nan at iteration 2'):
        updater.update()
    assert numpy.array_equal(before, gen.head.W.array)


def test_on_a_gpu_losses_are_read_after_the_updates(random, monkeypatch):
    """Reading one makes the host wait, so that the device has nothing to do while the backward pass is launched."""
    updater, calls = updater_of(random, n_dis=2), []
    monkeypatch.setattr(GANUpdater, 'device', types.SimpleNamespace(xp=None, send=lambda array: array))
    for name in ('gen', 'dis'):
        monkeypatch.setattr(updater.get_optimizer(name), 'update', lambda name=name: calls.append(name))
    monkeypatch.setattr(updater.processes, 'means', lambda values: calls.append('read') or values)
    assert set(observed(updater)) >= {'dis/loss', 'gen/loss'}
    assert calls == ['dis', 'dis', 'gen', 'read', 'read', 'read']
    updater.get_optimizer('dis').target.conv1.W.array[0] = numpy.nan
    with pytest.raises(TrainingDiverged, match=r'dis/\w+ is nan at iteration 2'):
        updater.update()


def test_one_batch_is_learned(random):
    updater = updater_of(random, l1_coef=10.0, gp_coef=0.0)
    image, label, color = updater.get_iterator('main').batch
    updater.get_iterator('main').batch = (numpy.full_like(image, 0.7), label, color)
    first = observed(updater)['gen/l1']
    for _ in range(25):
        last = observed(updater)['gen/l1']
    assert last < 0.7 * first
