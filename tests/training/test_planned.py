"""Iterations replayed on a CPU: the same as eager ones to the last bit, for every system; what cannot be is said."""
import numpy
import pytest
from small_updaters import run, training
from tiny_runs import NETWORKS, SYSTEMS, assert_same_weights, copy_samples, flags, log_of, without_estimate

import train
from spade_anime.training import planned
from spade_anime.training.everything import Everything
from spade_anime.training.planned import PlannedUpdater, reason_not_to_plan
from spade_anime.training.updater import GANUpdater, TrainingDiverged

ITERATIONS = 8
REPLAYED = 5
"""The first iteration of one phase that is replayed: two warm up, one is recorded, one proven."""
ONE_PHASE = {'gp_interval': 100}
EAGER_LINE = 'not replayed as a plan'
NETWORKS['spade, preset small'] = [*NETWORKS['spade'], '--preset', 'small', '--pixel_ch', '4', '--image_size', '64']


@pytest.fixture
def replays(monkeypatch):
    """Phases of the iterations that were replayed after their tape was proven."""
    seen, prove, replay = [], PlannedUpdater._prove, PlannedUpdater._replay
    proving = []

    def proved(self, phase):
        proving.append(phase)
        prove(self, phase)
        proving.pop()

    def replayed(self, phase):
        replay(self, phase)
        if not proving:
            seen.append(phase)
    monkeypatch.setattr(PlannedUpdater, '_prove', proved)
    monkeypatch.setattr(PlannedUpdater, '_replay', replayed)
    return seen


@pytest.mark.parametrize('system', [*SYSTEMS, *(['spade, preset small'] if 'spade' in SYSTEMS else [])])
def test_a_run_equals_an_eager_one(system, tmp_path, replays, capsys, planned_trainings):
    """Of two phases, each of which is replayed in the end, and with a snapshot between these replays."""
    interval = '4' if system == 'spade, two sets' else '2'
    given = [*flags(system, copy_samples(tmp_path / 'data', 12), tmp_path), '--gp_interval', interval,
             '--snapshot_interval', '7']
    runs = tmp_path / 'planned', tmp_path / 'eager'
    for directory, more in zip(runs, ([], ['--no_graph'])):
        with without_estimate():
            train.main([*given, '--max_iteration', str(ITERATIONS), '--out_dir', str(directory), *more])
        assert EAGER_LINE not in capsys.readouterr().out
        assert len(set(replays)) >= 2
    assert_same_weights(*runs, ITERATIONS)
    assert log_of(runs[0]) == log_of(runs[1])


def test_weights_that_change_in_a_run_are_followed(tmp_path, replays, planned_trainings):
    """Features come from iteration 3 on, and weights fall from 9 on: each time has a tape of its own."""
    given = [*flags('dcgan', copy_samples(tmp_path / 'data', 12), tmp_path), '--gp_coef', '0', '--max_iteration', '14',
             '--reconstruction_coef', '6', '--feature_coef', '12', '--features_from', '3', '--fade_from', '9']
    runs = tmp_path / 'planned', tmp_path / 'eager'
    for directory, more in zip(runs, ([], ['--no_graph'])):
        with without_estimate():
            train.main([*given, '--out_dir', str(directory), *more])
    assert set(replays) == {(False, 6, 12), (False, 1, 2)}
    assert_same_weights(*runs, 14)
    assert ['gen/features' in entry for entry in log_of(runs[0])] == [False, *[True] * 6]


def both(**changes):
    """A planned and an eager updater of the same networks."""
    return [training(updater_class, **changes)[0] for updater_class in (PlannedUpdater, GANUpdater)]


def check(count, change=lambda objective: None, **changes):
    """A planned and an eager updater leave the same; returns the first."""
    updaters = both(**changes)
    seen = []
    for updater in updaters:
        change(updater.objective)
        seen.append(run(updater, count))
    assert seen[0] == seen[1]
    replaying, eager = updaters
    assert Everything(replaying).digests() == Everything(eager).digests()
    return replaying


@pytest.mark.parametrize('changes', [{'reuse_fake': True}, {'augment': ('color', 'translation', 'cutout'), 'n_dpg': 2},
                                     {'l1_coef': 0, 'zero_gp_mode': 'both', 'noise': False}])
def test_iterations_equal_eager_ones(changes, replays, capsys):
    check(9, **changes)
    assert len(replays) >= 3 and capsys.readouterr().out == ''


def falls_back(capsys, reason, replays, **given):
    updater = check(REPLAYED, **ONE_PHASE, **given)
    line, = capsys.readouterr().out.splitlines()
    assert EAGER_LINE in line and reason in line
    assert not replays and updater.iteration == REPLAYED


def test_a_value_that_python_reads(replays, capsys):
    """Mode seeking does: it divides by how far apart two noises are."""
    falls_back(capsys, 'Python reads its values', replays, ms_coef=1.0)


def test_an_operation_that_the_recorder_does_not_know(replays, capsys):
    def change(objective):
        terms = objective.generator_terms

        def measured(image, *condition):
            return terms(image / numpy.linalg.norm(image), *condition)
        objective.generator_terms = measured
    falls_back(capsys, 'numpy.norm is not known', replays, change=change)


def test_numbers_that_are_drawn_behind_the_recorders_back(replays, capsys):
    """They are constants of the tape: its replay differs in the losses, and leaves their source where it was."""
    def change(objective):
        objective.own, terms = numpy.random.default_rng(0), objective.generator_terms
        objective.generator_terms = lambda image, *condition: terms(
            image + objective.own.normal(size=image.shape).astype('f'), *condition)
    falls_back(capsys, 'a replay differs in losses', replays, change=change)


def test_an_array_that_escapes(replays, capsys):
    def change(objective):
        terms = objective.generator_terms

        def kept(image, *condition):
            objective.seen_last = image * 2
            return terms(image, *condition)
        objective.generator_terms = kept
    falls_back(capsys, 'outlives it', replays, change=change)


def test_an_operation_on_what_is_not_traced(replays, capsys):
    """What a plain view is used for is not noted: the replay differs."""
    def change(objective):
        terms = objective.generator_terms
        objective.generator_terms = lambda image, *condition: terms(
            numpy.frombuffer(image.tobytes() if type(image) is numpy.ndarray else memoryview(image), 'f')
            .reshape(image.shape) * 2, *condition)
    falls_back(capsys, 'a replay differs in', replays, change=change)


def test_arrays_that_move_are_recorded_anew(replays):
    replaying, eager = both(**ONE_PHASE)
    for updater in (replaying, eager):
        run(updater, REPLAYED)
        param = next(updater.objective.gen.params())
        param.array = param.array.copy()
    assert replays
    count = len(replays)
    run(replaying, 2)
    assert len(replays) == count
    run(replaying, 1)
    assert len(replays) > count
    run(eager, 3)
    assert Everything(replaying).digests() == Everything(eager).digests()


def test_learning_rates_are_read_in_every_replay(replays):
    replaying, eager = both(**ONE_PHASE)
    for updater in (replaying, eager):
        run(updater, REPLAYED)
        updater.get_optimizer('gen').alpha = 1e-2
        run(updater, 1)
    assert len(replays) >= 2
    assert Everything(replaying).digests() == Everything(eager).digests()


def test_batches_of_another_shape_run_eagerly(replays, monkeypatch):
    replaying, eager = both(**ONE_PHASE)
    for updater in (replaying, eager):
        run(updater, REPLAYED)
        smaller = [tuple(array[:1] for array in batch) for batch in updater.batches()]
        with monkeypatch.context() as patch:
            patch.setattr(updater, 'batches', lambda found=smaller: found)
            run(updater, 1)
        run(updater, 2)
    assert len(replays) >= 3
    assert Everything(replaying).digests() == Everything(eager).digests()


def test_a_loss_that_is_not_finite_stops_a_replay_before_the_update(replays):
    updater, gen, dis = training(PlannedUpdater, **ONE_PHASE)
    run(updater, REPLAYED)
    assert replays
    gen.to_image.W.array[...] = numpy.nan
    before = dis.conv1.W.array.copy()
    with pytest.raises(TrainingDiverged, match=r'(gen|dis)/\w+ is nan at iteration 6'):
        run(updater, 1)
    numpy.testing.assert_array_equal(dis.conv1.W.array, before)


def test_iterations_that_are_all_arithmetic_are_not_replayed(replays, capsys, monkeypatch):
    """They would gain little, and take more memory."""
    monkeypatch.setattr(planned, 'LONG', 0)
    falls_back(capsys, 'nearly all of it arithmetic', replays)


def test_processes_are_not_planned():
    assert reason_not_to_plan('none') == '' and 'exchange' in reason_not_to_plan('naive')
