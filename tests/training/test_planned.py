"""Iterations replayed on a CPU: the same as eager ones to the last bit, for every system; what cannot be is said."""
import pytest
from tiny_runs import SYSTEMS, assert_same_weights, copy_samples, flags, log_of, without_estimate

import train
from spade_anime.training import planned
from spade_anime.training.planned import PlannedUpdater

ITERATIONS = 12


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


@pytest.mark.parametrize('system', SYSTEMS)
def test_a_run_equals_an_eager_one(system, tmp_path, replays, capsys):
    given = flags(system, copy_samples(tmp_path / 'data', 12), tmp_path)
    runs = tmp_path / 'planned', tmp_path / 'eager'
    for run, more in zip(runs, ([], ['--no_graph'])):
        with without_estimate():
            train.main([*given, '--max_iteration', str(ITERATIONS), '--out_dir', str(run), *more])
        assert planned.EAGER[:40] not in capsys.readouterr().out
        assert len(set(replays)) >= 2
    assert_same_weights(*runs, ITERATIONS)
    assert log_of(runs[0]) == log_of(runs[1])
