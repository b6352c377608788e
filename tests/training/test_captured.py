"""The captured iteration on a stand-in for CUDA: weights as by the eager one, and nothing that a graph forbids."""
import types

import chainer
import chainer.functions as F
import numpy
import pytest
from chainer.serializers import DictionarySerializer, NpzDeserializer
from cuda_stand_in import DeviceArray, Refused, StandIn, on_device
from small_updaters import run, samples, training

from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.painting import paint
from spade_anime.training.captured import WARM_UP, CapturedUpdater, StagedBatches, reason_not_to_capture
from spade_anime.training.optim.average import places
from spade_anime.training.randomness import RandomStates
from spade_anime.training.updater import GANUpdater, TrainingDiverged


@pytest.mark.parametrize('count, augment', [(10, ()), (9, ('color', 'translation', 'cutout'))])
def test_captured_iterations_equal_eager_ones(count, augment):
    (eager, *networks), (captured, *others) = (training(updater_class, augment=augment)
                                               for updater_class in (GANUpdater, CapturedUpdater))
    run(eager, count)
    run(captured, count)
    for network, other in zip(networks, others):
        for place, twin in zip(places(network), places(other)):
            numpy.testing.assert_allclose(twin.array, place.array, rtol=1e-4, atol=1e-6, err_msg=place.name)
    assert captured.objective.penalty.updates == eager.objective.penalty.updates == count
    assert captured.cuda.log.count('replay') == count - WARM_UP


@pytest.mark.parametrize('n_dpg, interval, graphs, count', [(1, 5, 2, 12), (2, 3, 3, 15), (1, 1, 1, 8)])
def test_one_graph_for_each_set_of_updates_that_have_a_penalty(n_dpg, interval, graphs, count):
    """Each has come several times."""
    updater, *_ = training(CapturedUpdater, gp_interval=interval, n_dpg=n_dpg)
    run(updater, count)
    assert updater.cuda.log.count('capture') == graphs
    assert updater.objective.penalty.updates == count * n_dpg


def test_a_phase_that_the_warm_up_does_not_reach_runs_eagerly_before_its_capture():
    """As after resuming: the next penalty is further away than the warm-up is long."""
    updater, *_ = training(CapturedUpdater, gp_interval=8)
    updater.objective.penalty.updates = 1
    eager, iterate = [], updater.iterate

    def watched(batches):
        if not DeviceArray.capturing:
            eager.append(updater.objective.phase(1))
        iterate(batches)
    updater.iterate = watched
    run(updater, 7)
    assert updater.cuda.log.count('capture') == 1 and (True,) not in eager[:WARM_UP]
    before = eager.count((True,))
    run(updater, 1)
    assert eager.count((True,)) == before + 1 and updater.cuda.log.count('capture') == 1
    run(updater, 8)
    assert updater.cuda.log.count('capture') == 2


def test_losses_are_reported_now_and_then_as_means():
    updater, *_ = training(CapturedUpdater)
    seen = run(updater, 20)
    assert [bool(observation) for observation in seen] == ([False] * 9 + [True]) * 2
    eager = run(training(GANUpdater)[0], 10)
    assert set(seen[9]) >= set(eager[9])


def test_losses_that_are_not_finite_stop_the_training_before_anything_is_saved():
    updater, gen, _ = training(CapturedUpdater)
    run(updater, WARM_UP + 2)
    gen.to_image.W.array[...] = numpy.nan
    run(updater, 1)
    with pytest.raises(TrainingDiverged, match=r'(gen|dis)/\w+ is nan'):
        updater.synchronize()


def state_of(updater, gen, dis):
    """All that a training continues from, as a snapshot has it."""
    saved = DictionarySerializer()
    updater.synchronize()
    updater.serialize(saved['updater'])
    for name, link in (('gen', gen), ('dis', dis)):
        link.serialize(saved[name])
    RandomStates({'gen': gen, 'dis': dis}).serialize(saved['random'])
    return {name: numpy.array(array) for name, array in saved.target.items()}


def go_on(state, updater, gen, dis):
    opened = NpzDeserializer(state)
    for name, link in (('gen', gen), ('dis', dis)):
        link.serialize(opened[name])
    updater.serialize(opened['updater'])
    RandomStates({'gen': gen, 'dis': dis}).serialize(opened['random'])


def test_a_captured_training_goes_on_exactly():
    """In the middle of a phase of the penalty and of the losses of a line of the log."""
    straight, *networks = training(CapturedUpdater, gp_interval=3)
    seen = run(straight, WARM_UP + 3)
    state = state_of(straight, *networks)
    seen += run(straight, 5)
    after, *others = training(CapturedUpdater, gp_interval=3)
    go_on(state, after, *others)
    again = run(after, 5)
    assert after.iteration == straight.iteration == WARM_UP + 8
    for network, other in zip(networks, others):
        for place, twin in zip(places(network), places(other)):
            numpy.testing.assert_allclose(twin.array, place.array, rtol=1e-4, atol=1e-6, err_msg=place.name)
    # The iterations before are part of the means that iteration 10 reports.
    assert [bool(observation) for observation in again] == [False, False, True, False, False]
    assert again[2].keys() == seen[9].keys()
    for name, value in seen[9].items():
        assert again[2][name] == pytest.approx(value, rel=1e-4, abs=1e-6), name
    # Kernels have to be compiled and plans chosen in every process.
    assert after.cuda.log.count('replay') == 5 - WARM_UP


def test_an_eager_training_goes_on_captured():
    eager, *networks = training(GANUpdater)
    run(eager, 1)
    captured, *others = training(CapturedUpdater)
    go_on(state_of(eager, *networks), captured, *others)
    run(eager, WARM_UP + 1)
    run(captured, WARM_UP + 1)
    for network, other in zip(networks, others):
        for place, twin in zip(places(network), places(other)):
            numpy.testing.assert_allclose(twin.array, place.array, rtol=1e-4, atol=1e-6, err_msg=place.name)


class Peeking(chainer.Chain):
    """A network that asks for a value on the way."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.conv, self.norm = Convolution2D(3, 3, 3, pad=1), BatchNormalization(3)

    def forward(self, x):
        h = self.norm(self.conv(x))
        return h * float(F.mean(h).array)


def test_reading_a_value_during_a_capture_is_refused():
    cuda, network, x = StandIn(list), Peeking(), on_device(numpy.ones((1, 3, 4, 4), 'f'))
    with cuda.running():
        network(x)
        with pytest.raises(Refused):
            cuda.capture(lambda: network(x))
    assert not DeviceArray.capturing


@pytest.mark.parametrize('communicator, capturable, in_one_launch, reason', [
    ('none', True, True, ''), ('pure_nccl', True, True, 'exchange'), ('none', False, True, 'objective'),
    ('none', True, False, '--kernels')])
def test_what_forbids_a_capture(communicator, capturable, in_one_launch, reason):
    found = reason_not_to_capture(communicator, types.SimpleNamespace(capturable=capturable),
                                  {'gen': types.SimpleNamespace(in_one_launch=in_one_launch)})
    assert bool(found) == bool(reason) and reason in found


def test_painting_reads_after_the_capture(random):
    updater, gen, _ = training(CapturedUpdater)
    run(updater, WARM_UP + 1)
    _, label, color = samples(1)[0]
    assert numpy.isfinite(paint(gen, (label[None], color[None]))).all()


def test_the_host_waits_for_a_slot_before_it_writes_there_again():
    cuda = StandIn(list)
    batches = [(numpy.zeros((2, 3), 'f'),)]
    staged = StagedBatches(cuda, batches)
    for n in range(4):
        staged.put([(numpy.full((2, 3), n, 'f'),)])
        assert (staged.arrays[0][0] == n).all()
    assert cuda.log == ['mark', 'mark', 'wait for 0', 'mark', 'wait for 1', 'mark']
