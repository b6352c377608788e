"""Runs that are killed, stopped by a signal, or find no room: in processes of their own."""
import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tiny_runs import assert_same_weights, flags, log_of

import train
from spade_anime.errors import WriteError
from spade_anime.runs.directory import RunDirectory
from spade_anime.training import ending

ROOT = Path(__file__).parents[2]
PATIENCE = 60
"""Seconds that something may take on a busy machine before a test gives up."""

KILLED_WHILE_SAVING = """
import os, signal, sys
import train
from spade_anime.runs import weights

save_arrays = weights.numpy.savez

def dying(file, **arrays):
    save_arrays(file, **arrays)
    if 'dis_00000004' in str(file.name):  # a temporary file's name is a number
        os.kill(os.getpid(), signal.SIGKILL)

weights.numpy.savez = dying
train.main(sys.argv[1:])
"""


@pytest.fixture
def start(data, tmp_path):
    """Function that starts the training of a system in ``tmp_path/run``, in a process group of its own."""
    started = []

    def start(system, *more, script=('train.py',)):
        command = [sys.executable, *script, *flags(system, data, tmp_path), '--out_dir', str(tmp_path / 'run'), *more]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True))
        return started[-1]
    yield start
    for process in started:
        # With what it has left behind, which would keep its pipes open.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_until(happened, process=None):
    """Wait for a condition; a process that ends before it fails the test."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert process is None or process.poll() is None or happened(), process.communicate()
        assert time.monotonic() < end, 'nothing happened'
        time.sleep(0.05)


def children(pid):
    """Processes that a process has started, and that have not ended."""
    found = []
    for path in Path('/proc').glob('[0-9]*/stat'):
        try:
            state, parent = path.read_text().rpartition(')')[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid and state != 'Z':
            found.append(int(path.parent.name))
    return found


def alive(pid):
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except (FileNotFoundError, ProcessLookupError):
        return False


def resume(data, tmp_path, system, *more):
    train.main([*flags(system, data, tmp_path), '--out_dir', str(tmp_path / 'run'), '--resume', *more])


@pytest.mark.slow
def test_killed_after_nine_equals_eighteen_straight(start, data, tmp_path):
    straight, run = tmp_path / 'straight', tmp_path / 'run'
    length = ['--snapshot_interval', '9', '--log_interval', '2', '--max_iteration', '18', '--lr_poly_train_period',
              '0.3', '--batch_size', '1', '--fm_coef', '0']
    process = start('spade', *length, '--workers', '1')
    wait_until((run / 'snapshots' / 'state_00000009.npz').exists, process)
    workers = children(process.pid)
    process.kill()
    wait_until(lambda: not any(map(alive, workers)))
    assert workers and not (run / 'summary.json').exists()
    resume(data, tmp_path, 'spade', *length)
    train.main([*flags('spade', data, tmp_path), '--out_dir', str(straight), *length])
    assert_same_weights(straight, run, 18)
    assert log_of(straight) == log_of(run) and len(log_of(run)) == 9


@pytest.mark.slow
def test_killed_while_a_snapshot_is_written(start, data, tmp_path):
    run, straight = tmp_path / 'run', tmp_path / 'straight'
    length = ['--snapshot_interval', '2', '--max_iteration', '6']
    process = start('dcgan', *length, script=('-c', KILLED_WHILE_SAVING))
    assert process.wait(PATIENCE) == -signal.SIGKILL
    snapshots = run / 'snapshots'
    assert (snapshots / 'gen_00000004.npz').exists() and not (snapshots / 'dis_00000004.npz').exists()
    assert len(list(snapshots.glob('.*.tmp'))) == 1
    resume(data, tmp_path, 'dcgan', *length)
    assert not list(snapshots.glob('.*'))
    train.main([*flags('dcgan', data, tmp_path), '--out_dir', str(straight), *length])
    assert_same_weights(straight, run, 6)


@pytest.mark.slow
@pytest.mark.parametrize('number, to', [(signal.SIGTERM, os.kill), (signal.SIGINT, os.killpg)])
def test_a_signal_ends_a_run_whole(start, data, tmp_path, number, to):
    run = tmp_path / 'run'
    process = start('dcgan', '--max_iteration', '1000000', '--workers', '2')
    wait_until((run / 'snapshots' / 'state_00000003.npz').exists, process)
    workers = children(process.pid)
    for _ in range(2):  # as it comes from a terminal and from a launcher
        to(process.pid, number)
    printed, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors
    newest = RunDirectory(run).snapshots.newest()
    assert printed.splitlines()[-1] == (f'Stopped by {number.name} after iteration {newest}. '
                                        f'To continue: python train.py --resume --out_dir {run}')
    assert 'Traceback' not in errors and 'warning' not in errors and not (run / 'summary.json').exists()
    assert len(workers) == 2
    wait_until(lambda: not any(map(alive, workers)))
    resume(data, tmp_path, 'dcgan', '--max_iteration', str(newest + 1))
    assert RunDirectory(run).finished


@pytest.mark.slow
def test_a_second_signal_stops_at_once(start, tmp_path):
    slow = 'import sys, time, train\n' \
           'from spade_anime.training.updater import GANUpdater\n' \
           'from spade_anime.commands import run_script\n' \
           'from spade_anime.training import session\n' \
           'session.overview = lambda run: ""\n' \
           'GANUpdater.iterate = lambda self, batches: (print("begun", flush=True), time.sleep(1000))\n' \
           'run_script(lambda: train.main(sys.argv[1:]))'
    process = start('dcgan', '--max_iteration', '9', script=('-c', slow))
    while process.stdout.readline() != 'begun\n':
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    while 'once more stops at once' not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(2 * ending.ECHO)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 130
    assert not list((tmp_path / 'run' / 'snapshots').iterdir())


def told(process):
    """What a process that is to fail says on its standard error, but for its progress."""
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, errors
    return [line for line in errors.replace('\r', '\n').splitlines() if line.strip() and 'it/s' not in line
            and '?it' not in line]


@pytest.mark.slow
def test_no_room_for_a_snapshot_leaves_the_one_before_it(start, data, tmp_path):
    """The system's limit on the size of files stands for a full disk: writes fail on the way."""
    run = tmp_path / 'run'
    process = start('dcgan', '--max_iteration', '1000000')
    wait_until((run / 'snapshots' / 'state_00000003.npz').exists, process)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (5000, 5000))
    line, = told(process)
    assert line.startswith(f'train.py: error: {run}') and line.endswith('cannot be written: File too large')
    newest = RunDirectory(run).snapshots.newest()
    resume(data, tmp_path, 'dcgan', '--max_iteration', str(newest + 1))
    assert RunDirectory(run).finished and not list((run / 'snapshots').glob('.*'))


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='no /dev/full')
@pytest.mark.parametrize('name', ['gen', 'state'])
def test_full_disk_leaves_the_snapshot_before_it(data, tmp_path, name):
    """What is written to first is on a device that is full."""
    run = tmp_path / 'run'
    (run / 'snapshots').mkdir(parents=True)
    (run / 'snapshots' / f'.{name}_00000006.npz.{os.getpid()}.tmp').symlink_to('/dev/full')
    with pytest.raises(WriteError, match=rf'{name}_00000006.npz: cannot be written: No space left on device$'):
        train.main([*flags('dcgan', data, tmp_path), '--out_dir', str(run), '--max_iteration', '6'])
    assert RunDirectory(run).snapshots.newest() == 3
    resume(data, tmp_path, 'dcgan')
    assert RunDirectory(run).finished


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='no /dev/full')
@pytest.mark.parametrize('place', ['plots/gen.png', 'samples/iteration_00000002.png'])
def test_full_disk_is_told_by_the_name_of_the_file(data, tmp_path, place):
    path = tmp_path / 'run' / place
    path.parent.mkdir(parents=True)
    path.symlink_to('/dev/full')
    with pytest.raises(WriteError, match=f'{place}: cannot be written: No space left on device$'):
        train.main([*flags('dcgan', data, tmp_path), '--out_dir', str(tmp_path / 'run'), '--max_iteration', '2'])


@pytest.mark.parametrize('place', ['a file', 'a read-only file system'])
def test_a_directory_that_takes_no_files_is_told_before_training(data, tmp_path, place):
    if place == 'a file':
        (tmp_path / 'run').write_text('in the way')
    out_dir = tmp_path / 'run' if place == 'a file' else Path('/proc/run')
    with pytest.raises(WriteError, match=f'^{out_dir}: cannot be written: '):
        train.main([*flags('dcgan', data, tmp_path), '--max_iteration', '3', '--out_dir', str(out_dir)])
