"""One training at a time in a run directory, whatever the others die of."""
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from spade_anime.runs import lock
from spade_anime.runs.lock import LockedError, RunLock

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from spade_anime.runs.lock import RunLock
with RunLock(Path(sys.argv[1])) as lock:
    lock.take()
    print('held', flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen([sys.executable, '-c', HOLDER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE,
                               text=True)
    assert process.stdout.readline() == 'held\n'
    yield process
    process.kill()
    process.communicate()


def take(directory):
    with RunLock(directory) as held:
        held.take()


def test_the_other_process_is_named(holder, tmp_path):
    with pytest.raises(LockedError, match=f'^--out_dir {tmp_path}: process {holder.pid} on .+ trains there') as caught:
        take(tmp_path)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('number', [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_process_holds_nothing(holder, tmp_path, number):
    holder.send_signal(number)
    holder.wait()
    assert (tmp_path / lock.LOCK).exists(), 'it had no time to clean up'
    take(tmp_path)
    assert not (tmp_path / lock.LOCK).exists()


def test_it_is_taken_once_and_free_afterwards(tmp_path):
    with RunLock(tmp_path / 'new') as held:
        held.take()
        held.take()
        with pytest.raises(LockedError, match=f'process {os.getpid()} '):
            take(tmp_path / 'new')
    take(tmp_path / 'new')


def test_a_worker_does_not_hold_it_on(tmp_path):
    """A forked process that outlives the one that trains."""
    with RunLock(tmp_path) as held:
        held.take()
        reading, writing = os.pipe()
        worker = os.fork()
        if not worker:
            os.write(writing, b'!')
            signal.pause()
        os.read(reading, 1)
        held._file.close()  # as when this process is killed
        try:
            take(tmp_path)
        finally:
            os.kill(worker, signal.SIGKILL)
            os.waitpid(worker, 0)


def test_what_somebody_wrote_there_is_not_shown(holder, tmp_path):
    (tmp_path / lock.LOCK).write_text('\x1b[2J\nprocess 1')
    with pytest.raises(LockedError, match='another process trains there'):
        take(tmp_path)


@pytest.mark.parametrize('without', ['fcntl', 'locks'])
def test_without_locks_a_line_says_so(tmp_path, monkeypatch, without):
    def refuse(*_):
        raise OSError(38, 'Function not implemented')
    if without == 'fcntl':
        monkeypatch.setattr(lock, 'fcntl', None)
    else:
        monkeypatch.setattr(lock.fcntl, 'flock', refuse)
    with pytest.warns(UserWarning, match=f'{tmp_path}: .* nothing keeps a second training from writing there'):
        take(tmp_path)
