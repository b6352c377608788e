"""Adam in one launch, against Chainer's own Adam, schedule and average on the CPU."""
import types

import chainer
import numpy
import pytest
from from_systems import of_system

from kernels.adam import Rates, cuda
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.systems.system import TrainingData
from spade_anime.training.optim.adam import Adam
from spade_anime.training.optim.average import WeightAverage
from spade_anime.training.optim.schedule import LearningRate

SpadeSystem = of_system('spade.system.SpadeSystem')

DATA = TrainingData([], [], LabelColor(64))

BETAS = {'beta1': 0.5, 'beta2': 0.9}


class Small(chainer.Chain):
    """A few parameters, one of a single number, and running statistics."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.convolution = chainer.links.Convolution2D(3, 5, 3)
            self.norm = chainer.links.BatchNormalization(5)
            self.scale = chainer.Parameter(numpy.ones((), 'f'))


def networks(device, count=2):
    """The same network some times, the first on the device, the others on the CPU."""
    first = Small()
    result = [first] + [first.copy('copy') for _ in range(count - 1)]
    if device.on_gpu:
        first.to_device('@cupy:0')
    return result


def optimizer(link, **given):
    found = Adam(1e-2, **BETAS)
    found.impl = 'cuda'
    found.setup(link)
    for name, value in given.items():
        setattr(found, name, value)
    return found


def set_gradients(device, links, random, missing=(), spoil=False):
    """The same random gradients for all links, in each parameter's type."""
    drawn = {name: random.normal(size=param.shape) for name, param in sorted(links[0].namedparams())}
    if spoil:
        drawn['/norm/beta'][2] = numpy.inf
    for i, link in enumerate(links):
        for name, param in link.namedparams():
            gradient = None if name in missing else drawn[name].astype(param.dtype)
            param.grad = device.array(gradient) if i == 0 and gradient is not None else gradient


def same(device, link, other, tolerance=1e-6):
    for (name, param), (_, twin) in zip(sorted(link.namedparams()), sorted(other.namedparams())):
        numpy.testing.assert_allclose(device.numpy(param.array), twin.array, tolerance, tolerance / 10, err_msg=name)


def iteration(number):
    return types.SimpleNamespace(updater=types.SimpleNamespace(iteration=number))


def test_same_weights_as_chainers(device, random):
    ours, theirs = networks(device)
    optimizers = optimizer(ours), chainer.optimizers.Adam(1e-2, **BETAS).setup(theirs)
    for step in range(6):
        set_gradients(device, (ours, theirs), random, missing=('/norm/beta',) if step % 2 else ())
        for each in optimizers:
            each.alpha = 1e-2 / (1 + step)
            each.update()
    same(device, ours, theirs)
    optimizers[0].synchronize()
    assert optimizers[0].t == 6 and ours.scale.update_rule.t == theirs.scale.update_rule.t == 6


def test_same_schedule_and_average_as_on_the_cpu(device, random):
    ours, theirs = networks(device)
    averages = WeightAverage(ours, 0.4), WeightAverage(theirs, 0.4)
    optimizers = optimizer(ours), chainer.optimizers.Adam(1.0, **BETAS).setup(theirs)
    rates = Rates(1e-2, first=1.8, last=6, power=0.9, halving=2)
    schedules = [LearningRate(each, rates) for each in optimizers]
    optimizers[0].follow(rates, updates_per_iteration=2)
    optimizers[0].keep_average(averages[0])
    optimizers[1].alpha = rates.at(0)
    for step in range(12):
        set_gradients(device, (ours, theirs), random)
        mean = random.normal(size=5).astype('f')
        ours.norm.avg_mean[...], theirs.norm.avg_mean[...] = device.array(mean), mean
        for each in optimizers:
            each.update()
        if step % 2:
            for extension in (*schedules, *averages):
                extension(iteration(step // 2 + 1))
    same(device, ours, theirs)
    same(device, averages[0].average, averages[1].average)
    for name in ('avg_mean', 'avg_var'):
        found, expected = (getattr(average.average.norm, name) for average in averages)
        numpy.testing.assert_allclose(device.numpy(found), expected, 1e-5)


def test_a_lossfun_is_differentiated(device):
    ours, theirs = networks(device)
    optimizers = optimizer(ours), chainer.optimizers.Adam(1e-2, **BETAS).setup(theirs)
    optimizers[0].scale_loss(64.0)
    for each, link in zip(optimizers, (ours, theirs)):
        for _ in range(3):
            each.update(lambda link=link: sum(chainer.functions.sum(param ** 2) for param in link.params()))
    same(device, ours, theirs)


def test_what_an_update_launches(device, random, monkeypatch):
    link, = networks(device, 1)
    tested, launched = optimizer(link), []
    real = cuda.kernel
    monkeypatch.setattr(cuda, 'kernel', lambda file, name: launched.append(name) or real(file, name))
    tested.keep_average(WeightAverage(link, 0.9))
    networks_seen = set()
    for _ in range(3):
        set_gradients(device, [link], random)
        tested.update()
        networks_seen.add(id(tested._resident._network))
    assert launched == ['adam_advance', 'adam_update'] * 3 and len(networks_seen) == 1
    tested.scale_loss()
    tested.update()
    assert launched[6:] == ['adam_check', 'adam_advance', 'adam_update']


def test_a_graph_finds_all_in_its_place(device, random):
    """What an update hands to its launches is the same every time: arrays by address, scalars and structs by value.

    From the second one on it makes no array and copies nothing.
    """
    link, = networks(device, 1)
    tested, handed = optimizer(link), []
    tested.follow(Rates(1e-2, first=1, last=10, halving=2))
    tested.scale_loss()
    set_gradients(device, [link], random)
    real = cuda.kernel

    def kernel(file, name):
        def launch(grid, block, args):
            handed[-1].append((name, grid, block, [cuda.address(arg) if hasattr(arg, 'shape') and arg.ndim
                                                   else bytes(arg) for arg in args]))
            real(file, name)(grid, block, args)
        return launch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuda, 'kernel', kernel)
        for _ in range(4):
            handed.append([])
            tested.update()
            patch.setattr(cuda, 'array_module', None)
            patch.setattr(type(tested._resident.state), 'write', None)
    assert len(handed[0]) == 3 and all(one == handed[0] for one in handed[1:])


@pytest.mark.parametrize('ours_first', [True, False])
def test_snapshots_are_chainers(device, random, tmp_path, ours_first):
    ours, theirs, ours_after, theirs_after = networks(device, 4)
    if device.on_gpu:
        ours_after.to_device('@cupy:0')
    made = {ours: optimizer(ours), ours_after: optimizer(ours_after)}
    made |= {link: chainer.optimizers.Adam(1e-2, **BETAS).setup(link) for link in (theirs, theirs_after)}
    for _ in range(3):
        set_gradients(device, (ours, theirs), random)
        made[ours].update(), made[theirs].update()
    written = ours if ours_first else theirs
    chainer.serializers.save_npz(tmp_path / 'optimizer.npz', made[written])
    chainer.serializers.save_npz(tmp_path / 'link.npz', written)
    set_gradients(device, (ours_after, theirs_after), random)
    made[ours_after].update()
    for link in (ours_after, theirs_after):
        chainer.serializers.load_npz(tmp_path / 'link.npz', link)
        chainer.serializers.load_npz(tmp_path / 'optimizer.npz', made[link])
    for _ in range(2):
        set_gradients(device, (ours_after, theirs_after), random)
        made[ours_after].update(), made[theirs_after].update()
    same(device, ours_after, theirs_after)
    assert made[theirs_after].t == 5
    made[ours_after].synchronize()
    assert made[ours_after].t == 5


def half(link):
    for param in link.params():
        param.array, param.grad = param.array.astype('e'), None


def test_half_parameters_have_masters(device, random):
    ours, theirs = networks(device)
    half(ours)
    for (_, param), (_, twin) in zip(sorted(ours.namedparams()), sorted(theirs.namedparams())):
        twin.array[...] = device.numpy(param.array)
    averages = WeightAverage(ours, 0.9), WeightAverage(theirs, 0.9)
    optimizers = optimizer(ours), chainer.optimizers.Adam(1e-5, **BETAS).setup(theirs)
    optimizers[0].alpha = 1e-5
    optimizers[0].keep_average(averages[0])
    for step in range(40):
        set_gradients(device, (ours, theirs), numpy.random.RandomState(1))
        for each in optimizers:
            each.update()
        averages[1](iteration(step + 1))
        averages[0](iteration(step + 1))
    # A step of 1e-5 is lost in a half copy of numbers around 1, but not in the masters, and so not in 40 steps.
    same(device, ours, theirs, 1e-3)
    assert float(device.numpy(ours.norm.gamma.array).min()) < 1
    same(device, averages[0].average, averages[1].average, 1e-3)
    assert averages[0].average.norm.gamma.dtype == ours.norm.gamma.dtype == numpy.float16


def test_half_goes_on_exactly(device, random):
    """With its masters, its float32 averages and its loss scale, in another process' optimizer."""
    ours, straight, after = networks(device, 3)
    made = {}
    for link in (ours, straight, after):
        half(link)
        if device.on_gpu:
            link.to_device('@cupy:0')
        made[link] = optimizer(link, alpha=1e-4), WeightAverage(link, 0.9)
        made[link][0].keep_average(made[link][1])
        made[link][0].scale_loss(8.0, growth=3)

    def train(links, steps, numbers):
        for step in steps:
            set_gradients(device, links[:1], numbers, spoil=step == 1)
            for link in links:
                for (_, param), (_, given) in zip(sorted(link.namedparams()), sorted(links[0].namedparams())):
                    param.grad = given.grad
                made[link][0].update()

    train((ours, straight), range(5), random)
    saved = chainer.serializers.DictionarySerializer()
    made[ours][0].serialize(saved['optimizer'])
    made[ours][0].serialize_resident(saved['resident'])
    for link, loaded in ((ours, after), (made[ours][1].average, made[after][1].average)):
        chainer.serializers.NpzDeserializer(chainer.serializers.npz.serialize(link)).load(loaded)
    opened = chainer.serializers.NpzDeserializer(saved.target)
    made[after][0].serialize(opened['optimizer'])
    made[after][0].serialize_resident(opened['resident'])
    train((straight, after), range(5, 12), random)
    for link, other in ((straight, after), (made[straight][1].average, made[after][1].average)):
        for (name, param), (_, twin) in zip(sorted(link.namedparams()), sorted(other.namedparams())):
            assert device.numpy(param.array).tobytes() == device.numpy(twin.array).tobytes(), name
    first, second = (made[link][0]._resident for link in (straight, after))
    assert float(device.numpy(first.state.loss_scale)) == float(device.numpy(second.state.loss_scale)) > 8
    masters, others = ({wide.name: device.numpy(wide.array).tobytes()
                        for wide in resident._wide() if wide.array is not None} for resident in (first, second))
    assert masters == others and len(masters) == 2 * len(list(ours.params()))


def test_an_update_that_is_not_finite_is_skipped(device, random):
    link, = networks(device, 1)
    half(link)
    tested = optimizer(link)
    tested.scale_loss(8.0, growth=2)
    before = [device.numpy(param.array).copy() for param in link.params()]
    scales = []
    for spoil in (True, False, False, False):
        set_gradients(device, [link], random, spoil=spoil)
        tested.update()
        scales.append(float(device.numpy(tested.loss_scale)))
        if spoil:
            for param, expected in zip(link.params(), before):
                numpy.testing.assert_array_equal(device.numpy(param.array), expected)
    assert scales == [4, 4, 8, 8]
    tested.synchronize()
    assert tested.t == 4 and link.scale.update_rule.t == 3


def test_weights_that_lie_channels_last(device, random):
    ours, theirs = networks(device)
    W = ours.convolution.W
    W.array = cuda.laid_as(device.array(numpy.empty((5, 3, 3, 3), 'f')).transpose(0, 3, 1, 2), W.array)
    average = WeightAverage(ours, 0.9)
    optimizers = optimizer(ours), chainer.optimizers.Adam(1e-2, **BETAS).setup(theirs)
    optimizers[0].keep_average(average)
    for step in range(3):
        set_gradients(device, (ours, theirs), random)
        if step:
            W.grad = cuda.laid_as(W.array, W.grad)
        for each in optimizers:
            each.update()
    same(device, ours, theirs)
    assert W.array.strides == average.average.convolution.W.array.strides == W.update_rule.state['m'].strides


def test_frozen_rules_are_left_alone(device, random):
    link, = networks(device, 1)
    tested = optimizer(link)
    before = device.numpy(link.norm.gamma.array).copy()
    link.norm.disable_update()
    set_gradients(device, [link], random)
    tested.update()
    numpy.testing.assert_array_equal(device.numpy(link.norm.gamma.array), before)
    assert float(device.numpy(link.scale.array)) != 1


def test_on_the_cpu_nothing_changes(random):
    link = Small()
    tested = Adam(1e-2).setup(link)
    tested.scale_loss()
    assert not tested.in_one_launch and tested.loss_scale is None
    average = WeightAverage(link, 0.9)
    tested.keep_average(average)
    for param in link.params():
        param.grad = numpy.ones_like(param.array)
    tested.update()
    average(iteration(1))
    assert float(average.average.scale.array) == pytest.approx(1 - (1 - 2 / 11) * 1e-2)


def trained(impl, updates=2):
    """A small SPADE generator, its average and its discriminator after some iterations of two discriminator updates."""
    # With seed 0 one activation is so near 0 that its sign is a matter of rounding, of Adam on one side or the other.
    numpy.random.seed(1)
    system = SpadeSystem(SpadeSystem.Options(image_size=64, ngf=4, ndf=8, spade_ch=8, batch_size=2, gp_coef=0.0))
    gen, dis = system.generator(DATA.condition), system.discriminator(DATA.condition)
    objective, average = system.objective(gen, dis, DATA), WeightAverage(gen, 0.9)
    batch = [numpy.random.uniform(-1, 1, (2, channels, 64, 64)).astype('f') for channels in (3, 4, 3)]
    rates, schedules, optimizers = Rates(1e-3, first=0.4 * updates, last=2 * updates, power=0.9), [], {}
    for name, link, each in (('gen', gen, 1), ('dis', dis, 2)):
        # Gradients that are 0 but for rounding, of biases before a normalisation, have to stay without weight.
        optimizers[name] = Adam(1e-3, 0.0, 0.9, eps=1e-3).setup(link)
        optimizers[name].impl = impl
        schedules.append(LearningRate(optimizers[name], rates))
        optimizers[name].follow(rates, each)
    optimizers['gen'].keep_average(average)
    for number in range(updates):
        for link, terms in ((dis, objective.discriminator_terms),) * 2 + ((gen, objective.generator_terms),):
            link.cleargrads()
            sum(terms(*batch).values()).backward()
            optimizers['gen' if link is gen else 'dis'].update()
        for extension in (*schedules, average):
            extension(iteration(number + 1))
    return gen, average.average, dis


@pytest.mark.slow
def test_networks_train_as_on_the_cpu(emulator):
    for link, expected in zip(trained('cuda'), trained(None)):
        same(emulator, link, expected, 1e-4)
