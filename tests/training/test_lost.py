"""What a training may lose while it runs: its terminal, its data, its directory to another training."""
import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_runs import assert_same_weights, flags

import train
from spade_anime.data.errors import DataError
from spade_anime.runs.directory import RunDirectory
from spade_anime.runs.lock import LockedError, RunLock
from spade_anime.training.ending import Ending
from spade_anime.training.updater import GANUpdater

ROOT = Path(__file__).parents[2]
PATIENCE = 120


@pytest.fixture
def dcgan(data, tmp_path, no_estimate):
    """Function that trains a DCGAN in a directory of ``tmp_path``, with two discriminator updates an iteration."""
    return lambda name, *more: train.main([*flags('dcgan', data, tmp_path), '--n_dpg', '2', '--out_dir',
                                           str(tmp_path / name), *more])


@pytest.mark.parametrize('batch', [1, 3])
def test_data_that_vanish_cost_no_iteration(dcgan, tmp_path, monkeypatch, capsys, batch):
    """The first or the last of the three batches of iteration 4 cannot be read."""
    taken, read = [], GANUpdater.batch

    def lost(updater, dataset):
        taken.append(dataset)
        if len(taken) == 9 + batch:
            raise DataError('image/002.png: no such file')
        return read(updater, dataset)
    monkeypatch.setattr(GANUpdater, 'batch', lost)
    with pytest.raises(DataError, match='^image/002.png: no such file$'):
        dcgan('a run', '--max_iteration', '5', '--snapshot_interval', '100')
    assert RunDirectory(tmp_path / 'a run').snapshots.newest() == 3
    assert f"iteration 3 is saved. To continue once they are back: python train.py --resume --out_dir '{tmp_path}/a " \
           "run'" in capsys.readouterr().out
    monkeypatch.setattr(GANUpdater, 'batch', read)
    dcgan('a run', '--max_iteration', '5', '--resume')
    dcgan('straight', '--max_iteration', '5', '--snapshot_interval', '100')
    assert_same_weights(tmp_path / 'straight', tmp_path / 'a run', 5)


def test_data_that_vanish_before_the_first_iteration_leave_no_snapshot(dcgan, tmp_path, monkeypatch):
    def lost(updater, dataset):
        raise DataError('gone')
    monkeypatch.setattr(GANUpdater, 'batch', lost)
    with pytest.raises(DataError, match='gone'):
        dcgan('run', '--max_iteration', '5')
    assert not RunDirectory(tmp_path / 'run').snapshots.newest()


@pytest.mark.parametrize('more', [[], ['--resume']])
def test_a_second_training_is_refused_and_harms_nothing(dcgan, tmp_path, more):
    dcgan('run', '--max_iteration', '1')
    before = {path: path.read_bytes() for path in (tmp_path / 'run').rglob('*') if path.is_file()}
    with RunLock(tmp_path / 'run') as lock:
        lock.take()
        with pytest.raises(LockedError, match=f'^--out_dir {tmp_path}/run: process {os.getpid()} on .* trains there'):
            dcgan('run', '--max_iteration', '2', *more)
        lock.path.unlink()
        assert {path: path.read_bytes() for path in (tmp_path / 'run').rglob('*') if path.is_file()} == before
    dcgan('run', '--max_iteration', '2', *more)


def test_a_dry_run_needs_no_lock(dcgan, tmp_path):
    dcgan('run', '--max_iteration', '1')
    with RunLock(tmp_path / 'run') as lock:
        lock.take()
        dcgan('run', '--resume', '--dry_run')


def test_a_hang_up_is_ignored_where_it_was(monkeypatch):
    """As nohup starts a program."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Ending(3):
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with Ending(3) as ending:
            os.kill(os.getpid(), signal.SIGHUP)
            assert ending._own == 'SIGHUP'
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.slow
def test_a_closed_terminal_leaves_a_snapshot(data, tmp_path):
    """Its output goes to the terminal, which is gone when the end is to be told."""
    terminal, inside = os.openpty()
    run = tmp_path / 'run'
    command = [sys.executable, '-c', 'import fcntl, os, signal, sys, termios; '
               # What nohup ignores, its children would ignore too.
               'signal.signal(signal.SIGHUP, signal.SIG_DFL); fcntl.ioctl(0, termios.TIOCSCTTY, 0); '
               'os.execv(sys.executable, [sys.executable, *sys.argv[1:]])', 'train.py',
               *flags('dcgan', data, tmp_path), '--out_dir', str(run), '--max_iteration', '1000000',
               '--snapshot_interval', '1000000', '--log_interval', '1']
    process = subprocess.Popen(command, cwd=ROOT, stdin=inside, stdout=inside, stderr=inside, start_new_session=True)
    try:
        os.close(inside)
        end = time.monotonic() + PATIENCE
        while not (run / 'log.jsonl').exists() or not (run / 'log.jsonl').read_text():
            assert time.monotonic() < end and process.poll() is None
            # A terminal that nobody reads blocks who writes.
            if select.select([terminal], [], [], 0.2)[0]:
                os.read(terminal, 1 << 16)
        os.close(terminal)
        assert process.wait(PATIENCE) == 0
        assert RunDirectory(run).snapshots.newest() and not RunDirectory(run).finished
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
