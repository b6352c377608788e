"""Updaters of a tiny SPADE on random samples, eager, planned or captured on a stand-in for CUDA."""
import chainer
import numpy
from cuda_stand_in import StandIn
from from_systems import of_system

from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.data.prefetch import PrefetchIterator
from spade_anime.systems.system import TrainingData
from spade_anime.training.captured import CapturedUpdater
from spade_anime.training.optim.adam import Adam
from spade_anime.training.optim.average import places

SpadeSystem = of_system('spade.system.SpadeSystem')

SIZE = 32
DATA = TrainingData([], [], LabelColor(SIZE))


def samples(count):
    """Image, label and colour of each."""
    random = numpy.random.RandomState(1)
    return [tuple(random.uniform(size=(channels, SIZE, SIZE)).astype('f') for channels in (3, 4, 3))
            for _ in range(count)]


def training(updater_class, **changes):
    """Updater of a tiny SPADE on a dozen random samples, and its networks."""
    numpy.random.seed(3)
    small = {'image_size': SIZE, 'ngf': 2, 'ndf': 2, 'spade_ch': 8, 'division_ch': 4, 'gp_interval': 2,
             'reuse_fake': False}
    options = SpadeSystem.Options(**(SpadeSystem.PRESETS['tiny'] | small | changes))
    gen, dis = SpadeSystem(options).generator(DATA.condition), SpadeSystem(options).discriminator(DATA.condition)
    objective = SpadeSystem(options).objective(gen, dis, DATA)
    optimizers = {'gen': Adam(1e-3, 0.0, 0.9).setup(gen), 'dis': Adam(1e-3, 0.0, 0.9).setup(dis)}
    iterators = {'main': PrefetchIterator(samples(12), 2, 0, workers=0)}
    settings = iterators, optimizers, objective, {'main': 1.0}, options.n_dpg, gen.device
    if not issubclass(updater_class, CapturedUpdater):
        return updater_class(*settings), gen, dis
    cuda = StandIn(lambda: arrays(updater), lambda: host(updater))
    updater = CapturedUpdater(*settings, interval=10, last=10 ** 6, cuda=cuda)
    return updater, gen, dis


def arrays(updater):
    links = [optimizer.target for optimizer in updater.get_all_optimizers().values()]
    states = [value for link in links for param in link.params()
              for value in (param.update_rule.state or {}).values()]
    return [place.array for link in links for place in places(link)] + states + [updater._losses._sums]


def host(updater):
    """What a step does in Python: counts, and, as this is no GPU, Adam's step number and the noise."""
    rules = [param.update_rule for optimizer in updater.get_all_optimizers().values()
             for param in optimizer.target.params()]
    numbers = [updater.get_optimizer('gen').target.random.bit_generator]
    if updater.objective.augment.noise:
        numbers.append(updater.objective.augment.noise.random.bit_generator)
    state = updater.objective.penalty.updates, list(updater._names)
    device_state = [rule.t for rule in rules], [generator.state for generator in numbers]

    def device():
        for rule, t in zip(rules, device_state[0]):
            rule.t = t
        for generator, words in zip(numbers, device_state[1]):
            generator.state = words

    def python():
        updater.objective.penalty.updates, updater._names[:] = state
    return device, python


def run(updater, iterations):
    """Losses that each iteration reports."""
    reporter, seen = chainer.Reporter(), []
    with reporter:
        for _ in range(iterations):
            with reporter.scope({}) as _, chainer.reporter.report_scope(observation := {}):
                updater.update()
            seen.append(observation)
    return seen
