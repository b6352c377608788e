"""A training that the page starts, watches, stops and goes on with: train.py in a process of its own."""
import collections
import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spade_anime.finding import PRETRAINED
from spade_anime.page.collection import Collection
from spade_anime.page.faults import NotFound, RequestError
from spade_anime.page.generators import TRAINED
from spade_anime.page.values import json_object, text, whole
from spade_anime.runs.directory import RunDirectory

SCRIPT = PRETRAINED.parent / 'train.py'
MOST_ITERATIONS = 10 ** 6
KEPT_LINES = 30
TAIL = 4000
"""Bytes at the end of a log that hold its last line."""

ENDING = 20
"""Seconds that a training is given to write its snapshot when the page ends."""

PATIENT = ('Finished', 'Stopped')


class Training:
    """The training of the data set of ``collection``, in a run below ``folder``.

    Attributes:
        run: its directory.
    """

    def __init__(self, collection: Collection | None, folder: Path):
        self.collection, self.run = collection, RunDirectory(folder / TRAINED)
        self._process: subprocess.Popen | None = None
        self._lines: collections.deque[str] = collections.deque(maxlen=KEPT_LINES)
        self._lock = threading.Lock()

    @property
    def running(self) -> bool:
        """Whether it trains."""
        return self._process is not None and self._process.poll() is None

    def state(self) -> dict[str, Any]:
        """How far it is."""
        last, most = _last_line(self.run.log), self._iterations()
        iteration, speed = last.get('iteration', 0), last.get('iterations_per_second', 0)
        left = (most - iteration) / speed if self.running and speed and most else None
        return {'running': self.running, 'iteration': iteration, 'iterations': most, 'seconds_left': left,
                'message': self._message(), 'directory': str(self.run.path), 'finished': self.run.finished,
                'resumable': not self.running and not self.run.finished and bool(self.run.snapshots.whole()),
                'pictures': {name: path.stat().st_mtime for name, path in self._pictures().items()}}

    def order(self, body: bytes) -> dict[str, Any]:
        """Start it, stop it, or go on with it. Raises RequestError."""
        asked = json_object(body)
        what, iterations = text(asked, 'do'), whole(asked, 'iterations', 0, MOST_ITERATIONS, 0)
        with self._lock:
            if what == 'stop':
                if self.running and self._process:
                    self._process.send_signal(signal.SIGTERM)
            elif what in ('start', 'resume'):
                self._start(what == 'resume', iterations)
            else:
                raise RequestError('do: allowed are start, stop and resume')
        return self.state()

    def picture(self, query: Mapping[str, str]) -> bytes:
        """The newest sheet of samples, or a figure of curves. Raises NotFound."""
        found = self._pictures()
        if query.get('name', '') not in found:
            raise NotFound(f'name: there is no such picture; allowed are {", ".join(found) or "none yet"}')
        return found[query['name']].read_bytes()

    def _start(self, resume: bool, iterations: int) -> None:
        if self.collection is None:
            raise RequestError('--data: no directory was named at start; allowed is  paint.py --data DIR')
        if self.running:
            raise RequestError('do: it trains already; allowed is stop')
        command = [sys.executable, '-u', str(SCRIPT), '--out_dir', str(self.run.path)]
        command += ['--resume'] if resume else ['--dataset_dir', str(self.collection.dataset)]
        command += ['--max_iteration', str(iterations)] if iterations else []
        self._lines.clear()
        # A session of its own: Ctrl-C ends the page, which then lets the training write its snapshot.
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, errors='replace', start_new_session=True)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    def end(self) -> None:
        """Stop it, and wait until it has written its snapshot."""
        if self.running and self._process:
            print(f'Stopping the training in {self.run.path} ...')
            self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDING)

    def _listen(self, process: subprocess.Popen) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            # A progress bar goes back to the start of its line.
            self._lines.append(line.rstrip().rpartition('\r')[2])

    def _message(self) -> str:
        if self._process is None or self.running or not self._process.returncode:
            return ''
        lines = [line for line in self._lines if line and ': warning: ' not in line]
        return '' if lines and lines[-1].startswith(PATIENT) else (lines or ['train.py ended'])[-1]

    def _iterations(self) -> int:
        with contextlib.suppress(OSError, ValueError):
            return int(json.loads(self.run.options.read_text()).get('max_iteration', 0))
        return 0

    def _pictures(self) -> dict[str, Path]:
        sheets, plots = (sorted(self.run.folder(name).glob('*.png')) for name in ('samples', 'plots'))
        return {**({'samples': sheets[-1]} if sheets else {}), **{path.stem: path for path in plots}}


def _last_line(log: Path) -> dict[str, Any]:
    """The last whole line of a log; {} where there is none."""
    if not log.is_file():
        return {}
    with log.open('rb') as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        lines = file.read().split(b'\n')[:-1]
    with contextlib.suppress(IndexError, ValueError):
        found = json.loads(lines[-1])
        return found if isinstance(found, dict) else {}
    return {}
