"""What is watched while a case runs: time, memory, what is opened, written, executed, and what the user is told."""
import contextlib
import io
import os
import resource
import shutil
import signal
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import matplotlib.font_manager  # noqa: F401  (starts a program to list the fonts, once in a home directory)
import pytest

from kernels.runtime.onednn.engine import library
from spade_anime.commands import run_script
from spade_anime.errors import InputError
from spade_anime.files import one_line

library()  # which a process loads once, and no case for itself
ROOT = Path(__file__).parents[2]
WORK, WAIT = 5, 60
"""Seconds of processor time, and of the clock, after which a case hangs. Most take milliseconds, but not on a machine
that is busy with others."""
MAX_GROWTH = 400 * 2 ** 10
"""Kilobytes that one case may add to the peak of resident memory; the largest network of a case has some 30 MB."""
ADDRESS_SPACE = 6 * 2 ** 30
"""Bytes that the process may map beyond what it has: a protection that fails costs an error and not the machine."""
LIMITED = resource.RLIMIT_AS, resource.RLIMIT_DATA
"""Limits that a case sets, or the script that it calls."""
MAX_LINES = 21
"""Faults of a data set are told a line each, 20 of them and how many more."""

INSTALLED = tuple({os.path.realpath(path) for path in (
    ROOT, sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), *sys.path[1:], sys.pycache_prefix, '/usr/lib',
    '/usr/share', '/lib')
    if path and not os.path.realpath(tempfile.gettempdir()).startswith(os.path.realpath(path))})
SYSTEM = ('/proc/self', '/proc/cpuinfo', '/proc/meminfo', '/sys/devices/system', '/sys/fs/cgroup', '/dev/null',
          '/dev/urandom', '/etc/localtime', '/etc/mime.types', '/etc/apache2/mime.types')
STARTS = {'os.system', 'subprocess.Popen', 'os.exec', 'os.spawn', 'os.posix_spawn', 'os.startfile', 'os.fork',
          'os.forkpty', 'pty.spawn', 'socket.connect'}
CHANGES = {'os.mkdir', 'os.rmdir', 'os.remove', 'os.rename', 'os.link', 'os.symlink', 'os.truncate', 'os.chmod',
           'os.chown', 'shutil.rmtree', 'shutil.move', 'shutil.copyfile'}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Case(NamedTuple):
    """One attempt.

    prepare: writes the files into the case's directory and returns what is called, or the arguments of a command line.
    main: of that command line; None where a reader is called.
    told: what an error has to say, where this case must end in one; None: it may work as well.
    """

    name: str
    prepare: Callable[[Path], Callable | list]
    main: Callable | None = None
    told: str | None = None


class Hung(BaseException):
    """A case took too long. No Exception, so that nothing in a reader takes it for a damaged file."""


class Confined(BaseException):
    """A case was kept from writing or starting what it may not."""


class _Watch:
    """Notes what a case reads outside of what it may, and keeps it from writing and starting anything there."""

    def __init__(self):
        self.allowed, self.faults = None, []
        sys.addaudithook(self._see)

    @contextlib.contextmanager
    def over(self, allowed: tuple):
        """Watch the body, which may read and write in the directories ``allowed``."""
        self.faults, self.allowed = [], tuple(os.path.realpath(path) for path in allowed)
        try:
            yield self.faults
        finally:
            self.allowed = None

    def _see(self, event, arguments):
        if self.allowed is None:
            return
        if event == 'open':
            self._opened(*arguments)
        elif event == 'ctypes.dlopen' and not str(arguments[0] or ROOT).startswith(INSTALLED):
            self._refuse(f'loads {arguments[0]}')
        elif event in STARTS:
            self._refuse(f'starts something: {event} {arguments[:2]!r:.200}')
        elif event == 'exec' and '<string>' in arguments[0].co_filename and not _importing():
            self._refuse(f'executes a text: {arguments[0]!r:.200}')
        elif event in CHANGES:
            for path in arguments[:2]:
                if event == 'os.mkdir' and os.path.isdir(path):
                    continue  # it fails, and changes nothing
                if isinstance(path, str) and '__pycache__' in path and _importing():
                    continue  # bytecode of an import may be written beside its source
                # The entry itself is changed, not what a link there leads to.
                if isinstance(path, str | os.PathLike) and not self._inside(
                        os.path.join(os.path.realpath(os.path.dirname(path)), 'entry')):
                    self._refuse(f'changes {path}: {event}')

    def _opened(self, path, _mode, flags):
        if isinstance(path, int) or self._inside(path):
            return
        real = os.path.realpath(os.fsdecode(path))
        # Bytecode of an import may be written beside its source.
        if flags & WRITING and '__pycache__' not in real and real != '/dev/null':
            self._refuse(f'writes {path}')
        elif not real.startswith((*INSTALLED, *SYSTEM, f'/proc/{os.getpid()}')):
            self.faults.append(f'reads {path}')

    def _refuse(self, fault):
        self.faults.append(fault)
        raise Confined(fault)

    def _inside(self, path):
        real = os.path.realpath(os.fsdecode(path))
        return any(real == place or real.startswith(place + os.sep) for place in self.allowed)


def _importing():
    """Whether a module is just being imported: named tuples and dataclasses are made of texts."""
    frame = sys._getframe(2)
    while frame:
        if 'importlib' in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


_watch = _Watch()
ran = []
"""Names of all cases that were run."""


def check(cases: list, place: Path, allowed: tuple = ()) -> None:
    """Run the cases and fail with a line for each that does not end as it should."""
    faults = faults_of(cases, place, allowed)
    assert not faults, '\n'.join([f'{len(faults)} of {len(cases)} cases:', *faults[:40]])


def faults_of(cases: list, place: Path, allowed: tuple = ()) -> list[str]:
    """Run the cases, each in a directory of its own in ``place``, and return what is wrong, a line a case.

    ``allowed``: further directories that the cases name.
    """
    outside = place / 'outside'
    _write_outside(outside)
    before, faults = _content(outside), []
    for case in cases:
        directory = place / 'case'
        directory.mkdir()
        # A case of a condition whose folder was removed skips itself alone.
        with contextlib.suppress(pytest.skip.Exception):
            faults += [f'{case.name}: {fault}' for fault in _faults_of(case, directory, allowed)]
            ran.append(case.name)
        shutil.rmtree(directory)
    if _content(outside) != before:
        faults.append(f'{outside} was changed')
    return faults


def _faults_of(case, directory, allowed):
    call = case.prepare(directory)
    limits, peak = {kind: resource.getrlimit(kind) for kind in LIMITED}, _peak()
    resource.setrlimit(resource.RLIMIT_AS, (_mapped() + ADDRESS_SPACE, limits[resource.RLIMIT_AS][1]))
    signal.signal(signal.SIGPROF, _hang)
    signal.signal(signal.SIGALRM, _hang)
    signal.setitimer(signal.ITIMER_PROF, WORK)
    signal.setitimer(signal.ITIMER_REAL, WAIT)
    try:
        with _watch.over((directory, *allowed)) as faults, contextlib.chdir(directory):
            told = _told_by_script(case.main, call) if case.main else _told_by_reader(call)
    except Hung:
        return [f'still runs after {WORK} s of work or {WAIT} s']
    except pytest.skip.Exception:
        raise
    except BaseException as error:
        return [f'{type(error).__name__}: {error}'[:300], *faults]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for kind, limit in limits.items():
            resource.setrlimit(kind, limit)
    if _peak() - peak > MAX_GROWTH:
        faults.append(f'takes {(_peak() - peak) // 2 ** 10} MB')
    return faults + _faults_told(told, case, [str(directory), *(map(str, call) if case.main else ())])


def _told_by_reader(call):
    """What a reader says; '' where it works."""
    try:
        call()
    except InputError as error:
        return str(error) or 'an error without a text'
    return ''


def _told_by_script(main, arguments):
    """The lines of an error that a script ends with; '' where it works. Raises AssertionError for another end."""
    out, err, script = io.StringIO(), io.StringIO(), f'{main.__module__}.py'
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        argv, sys.argv = sys.argv, [script]
        try:
            run_script(lambda: main([str(argument) for argument in arguments]))
            status = 0
        except SystemExit as error:
            status = error.code
        finally:
            sys.argv = argv
    first, _, told = err.getvalue().rpartition(': error: ')
    if status in (0, None):
        return ''
    assert status == 2 and told, f'status {status}, {err.getvalue()[-300:]!r}'
    # A progress bar goes back to the start of its line.
    others = [line for line in first.split('\n')[:-1] if 'warning: ' not in line and '\r' not in line]
    assert not others, f'{err.getvalue()[:300]!r}'
    return told.removesuffix('\n')


def _faults_told(told, case, names):
    lines, faults = told.split('\n'), []
    if not told:
        lines = []
    if told and not _names(lines[0], names):
        faults.append(f'names neither file nor flag: {told[:200]!r}')
    if len(lines) > MAX_LINES or not all(line.strip() for line in lines):
        faults.append(f'tells {len(lines)} lines: {told[:200]!r}')
    if any(not one_line(line) for line in lines):
        faults.append(f'tells control characters: {told[:200]!r}')
    if case.told is not None and not (told and case.told in told):
        faults.append(f'has to say {case.told!r}, says {told[:200]!r}')
    return faults


def _names(line, words):
    """Whether a message names a flag, or begins with a path or with a word of the command line."""
    head = line.partition(':')[0]
    return '--' in line or '/' in head or head in ('metadata.jsonl', 'unrecognized arguments') or any(
        word in line and len(word) > 2 or head and word and (word.startswith(head) or head.startswith(word))
        for name in words for word in (name, ascii(name)[1:-1]))


def _hang(*_):
    raise Hung


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _mapped():
    return int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()


def _write_outside(outside):
    """What no case may touch, and what path tricks aim at."""
    from PIL import Image
    outside.mkdir(exist_ok=True)
    for name in ('secret.png', 'secret.jpg'):
        Image.new('RGB', (24, 8), 'red').save(outside / name)
    for name in ('secret.jsonl', 'secret.txt', 'options.json', '0.txt'):
        (outside / name).write_text('{"secret": 1}\n' * 2)


def _content(directory):
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}
