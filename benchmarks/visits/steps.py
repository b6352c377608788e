"""Steps of a visit: each a process group of its own with a time box; how one ends does not matter to the others."""
import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

OK, FAILED, CUT_OFF, SKIPPED = 'ok', 'failed', 'cut off', 'skipped'
POLL = 0.05
SHOWN = 160
"""Characters of what a step found that the table shows."""


@dataclass(frozen=True)
class Step:
    """A command with a time box.

    Args:
        name: of its row and its log, in letters that a file name may have.
        command: program and arguments.
        seconds: its time box, the grace included.
        least: it is not started with fewer seconds left.
        grace: seconds between SIGTERM to the command and SIGKILL to its whole group.
        environment: variables to set beside those of this process.
        required: where it does not end well, the steps after it are skipped.
        missing: why it cannot run here, if so.
        shows: pattern that the line of its log begins with that tells most; none: the last line.
    """

    name: str
    command: tuple[str, ...]
    seconds: float
    least: float = 5.0
    grace: float = 2.0
    environment: dict = field(default_factory=dict)
    required: bool = False
    missing: str = ''
    shows: str = ''


@dataclass(frozen=True)
class Result:
    """How a step ended: one of ok, failed, cut off and skipped, after so many seconds, and what its log tells."""

    name: str
    state: str
    seconds: float = 0.0
    found: str = ''

    def as_dict(self) -> dict:
        """The same for JSON."""
        return asdict(self)


class Running:
    """A step that has been started, with ``seconds`` at most; its output goes to ``log`` as it comes."""

    def __init__(self, step: Step, seconds: float, log: Path, folder: Path):
        self.step, self.log = step, log
        self._began, self._cut_off = time.monotonic(), False
        self._end = self._began + seconds
        with open(log, 'wb') as output:
            self._process = subprocess.Popen(
                step.command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=folder,
                env=os.environ | step.environment, start_new_session=True)

    def has_ended(self) -> bool:
        """Whether it has ended; asks it to where its box is over, and kills it and its children after the grace."""
        if self._process.poll() is not None:
            # Children that outlive the command would take the next step's time.
            self.kill()
            return True
        late = time.monotonic() - (self._end - self.step.grace)
        if late > 0 and not self._cut_off:
            self._cut_off = True
            self._process.terminate()
        elif late > self.step.grace:
            self.kill()
        return False

    def kill(self) -> None:
        """End the command and its children at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def result(self) -> Result:
        """How it ended."""
        code = self._process.returncode
        state = CUT_OFF if self._cut_off else FAILED if code else OK
        found = told_by(self.log, self.step.shows) or (f'exit code {code}' if code else '')
        return Result(self.step.name, state, round(time.monotonic() - self._began, 1), found)


def run(groups: Iterable[tuple[Step, ...]], seconds: float, out: Path, folder: Path,
        told: Callable[[list[Result]], None]) -> None:
    """Run groups of steps one after another, the steps of a group side by side, in ``seconds`` all together.

    Logs go to ``out``; commands run in ``folder``. ``told`` gets the results of each group as soon as it has ended.
    """
    end, stopped = time.monotonic() + seconds, ''
    for group in groups:
        results = together(group, end - time.monotonic(), out, folder, stopped)
        told(results)
        states = {result.name: result.state for result in results}
        stopped = stopped or next((f'{step.name} did not end well' for step in group
                                   if step.required and states[step.name] != OK), '')


def together(group: tuple[Step, ...], left: float, out: Path, folder: Path, stopped: str = '') -> list[Result]:
    """Results of steps that run side by side with ``left`` seconds; none is started where ``stopped`` says why."""
    results, running = {}, []
    try:
        for step in group:
            if reason := step.missing or stopped or _too_late(step, left):
                results[step.name] = Result(step.name, SKIPPED, found=reason)
                continue
            try:
                running.append(Running(step, min(step.seconds, left), out / f'{step.name}.log', folder))
            except OSError as error:
                results[step.name] = Result(step.name, FAILED, found=f'{step.command[0]}: {error.strerror}')
        while waiting := [each for each in running if each.step.name not in results]:
            results |= {each.step.name: each.result() for each in waiting if each.has_ended()}
            time.sleep(POLL)
    finally:
        for each in running:
            if each.step.name not in results:
                each.kill()
    return [results[step.name] for step in group]


def told_by(log: Path, pattern: str = '') -> str:
    """The last line of a log that begins with ``pattern``, else the last that says anything; cut for the table."""
    lines = [line.strip() for line in log.read_text(errors='replace').replace('\r', '\n').splitlines()
             if line.strip(' =-')]
    chosen = [line for line in lines if pattern and re.match(pattern, line)] or lines
    return chosen[-1][:SHOWN] if chosen else ''


def _too_late(step: Step, left: float) -> str:
    return f'{max(left, 0):.0f} s left, {step.least:.0f} s needed' if left < step.least else ''
