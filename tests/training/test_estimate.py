"""The estimated time of a training, and what is left of measuring it."""
import gc
import types
import weakref

import chainer
import numpy
import pytest
from from_systems import of_system
from tiny_runs import SYSTEMS, flags

import train
from spade_anime import devices
from spade_anime.conditions.label_color.condition import LabelColor
from spade_anime.systems.system import TrainingData
from spade_anime.training import estimate, trial
from spade_anime.training.trial import Trial

SpadeSystem = of_system('spade.system.SpadeSystem')

DATA = TrainingData([], [], LabelColor(64))


def test_nothing_of_the_measured_step_is_left_when_the_memory_is_given_back(random, monkeypatch):
    """On a GPU a captured step has a pool of its own: what the default pool kept would be taken twice."""
    system = SpadeSystem(SpadeSystem.Options(image_size=64, ngf=2, ndf=2, spade_ch=8))
    networks = {'gen': system.generator(DATA.condition), 'dis': system.discriminator(DATA.condition)}
    sample = tuple(random.rand(channels, 64, 64).astype('f') for channels in (3, 4, 3))
    before, alive, known = [network.copy('copy') for network in networks.values()], [], []
    measured = Trial.seconds_an_iteration
    run = types.SimpleNamespace(options=system.options, networks=networks, device=chainer.get_device('@numpy'),
                                dtype=numpy.float32, planned=True,
                                objective=lambda gen, dis: system.objective(gen, dis, DATA))

    def watched(trial):
        known.extend(weakref.ref(param) for link in (trial.objective.gen, trial.objective.dis)
                     for param in link.params())
        return measured(trial)

    def free(device):
        gc.collect()
        alive.append(sum(reference() is not None for reference in known))
    monkeypatch.setattr(Trial, 'seconds_an_iteration', watched)
    monkeypatch.setattr(estimate, 'free_unused', free)
    assert estimate.estimated_seconds(run, [sample] * 2) > 0
    assert known and alive == [0]
    for network, copy in zip(networks.values(), before):
        for param, twin in zip(network.params(), copy.params()):
            assert numpy.array_equal(param.array, twin.array)


class Clock:
    """Iterations take so many seconds eagerly by ``trial``'s clock, those of the first phase twice as many.

    The first of a phase takes another 100, and a replay half of an eager one.
    """

    def __init__(self, eager, of_processor, recordable):
        self.eager, self.of_processor, self.recordable = eager, of_processor, recordable
        self.now, self.updates, self.seen = 0.0, 0, set()

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.now * self.of_processor

    def phase(self, updates):
        return self.updates % 4 == 0,

    def passed(self, updates):
        self.updates += updates

    def iterate(self, batches):
        phase = self.phase(1)
        self.now += self.eager * (1 + phase[0]) + 100 * (phase not in self.seen)
        self.seen.add(phase)

    def tape(self, phase):
        def replay():
            self.now += self.eager * (1 + phase[0]) / 2
        return replay if self.recordable else None


@pytest.mark.parametrize('planned, of_processor, recordable, seconds', [
    (True, 0.1, True, 2.5), (True, 0.1, False, 5), (True, 1.0, True, 5), (False, 0.1, True, 5)])
def test_what_most_iterations_of_a_training_do_is_timed(monkeypatch, planned, of_processor, recordable, seconds):
    """A replay where iterations are replayed; each phase counts as often as it comes. Long ones are not replayed."""
    clock = Clock(4, of_processor, recordable)
    measured = Trial(clock, {}, [(numpy.zeros(3, 'f'),)], 1, chainer.get_device('@numpy'), planned)
    monkeypatch.setattr(trial, 'time', clock)
    monkeypatch.setattr(measured, 'iterate', clock.iterate)
    monkeypatch.setattr(measured, '_tape', clock.tape)
    assert measured.seconds_an_iteration() == seconds


def test_the_pool_of_a_gpu_gives_back_what_no_array_uses():
    given = []
    pool = types.SimpleNamespace(free_all_blocks=lambda: given.append('blocks'))
    devices.free_unused(types.SimpleNamespace(xp=types.SimpleNamespace(get_default_memory_pool=lambda: pool)))
    devices.free_unused(chainer.get_device('@numpy'))
    assert given == ['blocks']


@pytest.mark.parametrize('system', [name for name in SYSTEMS if name != 'stackgan II'])
@pytest.mark.usefixtures('measured')
def test_a_training_of_every_system_is_measured(system, data, tmp_path, capsys, monkeypatch):
    found, tapes, measure, record = [], [], Trial.seconds_an_iteration, Trial._tape
    monkeypatch.setattr(Trial, 'seconds_an_iteration', lambda self: found.append(measure(self)) or 60.0)
    monkeypatch.setattr(Trial, '_tape', lambda *given: tapes.append(record(*given)) or tapes[-1])
    train.main([*flags(system, data, tmp_path), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '3',
                '--dry_run'])
    assert found[-1] > 0 and tapes and None not in tapes
    assert f'about {2 * 3 if "two sets" in system else 3} min for 3 iter' in capsys.readouterr().out


@pytest.mark.parametrize('seconds, text', [(45, '45 s'), (300, '5 min'), (7200, '2.0 h')])
def test_lengths_of_time(seconds, text):
    assert estimate.duration(seconds) == text


@pytest.mark.parametrize('workers, seconds', [(0, 5), (1, 3), (2, 2), (4, 2)])
def test_samples_are_read_while_an_iteration_computes(workers, seconds):
    assert estimate.Iteration(2.0, 0.5, 6).seconds(workers) == seconds


@pytest.mark.parametrize('workers, seconds', [(0, 5), (1, 3.5), (2, 3.5)])
def test_workers_take_time_from_cores_that_compute(workers, seconds):
    assert estimate.Iteration(2.0, 0.5, 6, cores=2).seconds(workers) == seconds


def test_reading_is_measured_all_over_the_set():
    class Read(list):
        def __getitem__(self, i):
            read.append(i)
    read = []
    assert estimate.reading_seconds(Read(range(12))) >= 0 and read == [0, 4, 8]
    assert estimate.reading_seconds(Read(range(1))) >= 0 and read[3:] == [0]


@pytest.mark.parametrize('workers, slow', [(0, True), (1, True), (2, False)])
def test_what_is_faster_is_told_where_samples_take_longer_than_the_rest(workers, slow):
    options = types.SimpleNamespace(workers=workers, dataset_dir='my scans/', image_size=64)
    told = estimate.Iteration(2.0, 0.5, 6).advice(options, True)
    assert told == [
        "reading      500 ms a sample, for which the training waits; faster: python -m spade_anime.prepare --in "
        f"'my scans' --out 'my scans_128' --size 128, or more than --workers {workers}"] * slow
    others = estimate.Iteration(2.0, 0.5, 6).advice(options, False)
    assert bool(others) == slow and not any('prepare' in line for line in others)
