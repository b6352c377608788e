"""Runs the CUDA texts of kernels/ on the CPU: compiles them by g++ with the words of CUDA from include/.

``Emulator()`` loads the compiled kernels and is fast. ``Emulator('address')`` and ``Emulator('thread')`` run every
launch in a program of its own, built with AddressSanitizer and a check of alignment, or ThreadSanitizer; what these
find is raised as a SanitizerError. Every array is then an allocation of exactly its size.
"""
import contextlib
import ctypes
import dataclasses
import fcntl
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy
from sanitized_launch import run_program

from kernels.runtime import sources
from kernels.runtime.launching import CompileError, first_message

INCLUDE = Path(__file__).parent / 'include'
CACHE = Path(tempfile.gettempdir()) / f'spade_anime_emulator_{os.getuid()}'
# CUDA's compiler fuses multiply and add where it can; g++ may too. Arrays are read as packs of other types.
FLAGS = ['-w', '-ffp-contract=fast', '-fno-strict-aliasing']
# Without unique symbols, or the libraries of two variants would share their variables; bound to their own, or a
# kernel with the name of a function of the C library would be taken for that.
LIBRARY = ['-std=c++17', '-O2', '-shared', '-fPIC', '-fno-gnu-unique', '-Wl,-Bsymbolic']
# Compiled for one small launch: optimizing would take longer than it saves, and hide accesses from the sanitizers.
PROGRAM = ['-std=c++20', '-O0', '-g1', '-pthread', '-DEMU_THREADS', '-DEMU_PROGRAM']
ONE_LAUNCH = threading.Lock()
"""A library has one grid and block at a time, in its variables; ctypes lets other threads launch meanwhile."""
SANITIZERS = {'address': '-fsanitize=address,alignment,bounds', 'thread': '-fsanitize=thread'}


class LaunchError(RuntimeError):
    """A launch that a GPU would not survive, or whose arguments do not fit the kernel."""


@dataclasses.dataclass(frozen=True)
class Emulator:
    """A backend for ``kernels.runtime.launching.use``; ``sanitizer`` is None, 'address' or 'thread'."""

    sanitizer: str | None = None

    @staticmethod
    def missing() -> str | None:
        """Why it cannot run here, or None."""
        return None if shutil.which('g++') else 'the emulator needs g++'

    def compile(self, text: str, name: str):
        whole = '\n'.join(['#include "launch.h"', text, *(f'EMU_ENTRY({entry})' for entry in sources.entries(text))])
        if self.sanitizer is None:
            library = ctypes.CDLL(str(build(whole, LIBRARY, name)))
            library.emu_types.restype = library.emu_launch.restype = ctypes.c_char_p
            return lambda function: functools.partial(_launch, library, function)
        program = build(whole, [*PROGRAM, SANITIZERS[self.sanitizer]], name)
        return lambda function: functools.partial(_launch_program, program, function)


def build(text: str, flags: list[str], name: str) -> Path:
    """Compile ``text``, or find it compiled; CompileError with g++'s first message."""
    def compile_to(target: Path) -> None:
        includes = f'-I{precompiled(flags)}', f'-I{INCLUDE}'
        gcc(['g++', *FLAGS, *flags, *includes, '-x', 'c++', '-', '-o', str(target)], text, name)
    return made_once(key_of(text, *flags), compile_to)


def precompiled(flags: list[str]) -> Path:
    """The folder of ``launch.h``, compiled for these flags: half of the time of most kernels."""
    def compile_to(folder: Path) -> None:
        folder.mkdir()
        header = INCLUDE / 'launch.h'
        gcc(['g++', *FLAGS, *flags, '-x', 'c++-header', '-c', str(header), '-o', str(folder / 'launch.h.gch')], '',
            header.name)
    return made_once(key_of('launch.h', *flags), compile_to)


def gcc(command: list[str], text: str, name: str) -> None:
    """Run g++ on ``text``; CompileError with its first message."""
    run = subprocess.run(command, input=text, text=True, capture_output=True)
    if run.returncode:
        raise CompileError(first_message(run.stderr, name))


def key_of(*texts: str) -> str:
    """A name for what is made of these texts and the headers, the same in every checkout."""
    headers = (path.read_text() for path in sorted(INCLUDE.iterdir()))
    return hashlib.sha256('\0'.join([*texts, *headers, *FLAGS]).encode()).hexdigest()[:24]


def made_once(key: str, make: Callable[[Path], None]) -> Path:
    """What ``make`` writes to a path, from the cache or made by the first process that asks."""
    target = CACHE / key
    if not target.exists():
        CACHE.mkdir(mode=0o700, exist_ok=True)
        with locked(CACHE / f'{key}.lock'):
            if not target.exists():
                partial = CACHE / f'{key}.{os.getpid()}'
                make(partial)
                partial.replace(target)
    return target


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """No other process is within it for the same path."""
    with open(path, 'w') as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _launch(library, function: str, grid, block, args, shared_mem: int = 0) -> None:
    check(function, library.emu_types(function.encode()).decode(), args)
    keep = [_pointer(arg) if is_address(arg) else ctypes.create_string_buffer(scalar_bytes(arg)) for arg in args]
    pointers = (ctypes.c_void_p * len(keep))(*map(ctypes.addressof, keep))
    with ONE_LAUNCH:
        error = library.emu_launch(function.encode(), pointers, (ctypes.c_uint * 6)(*shape(grid, block)),
                                   ctypes.c_size_t(shared_mem))
        told = error and error.decode()  # the library's text, which the next launch replaces
    if told:
        raise LaunchError(f'{function}: {told}')


def _launch_program(program: Path, function: str, grid, block, args, shared_mem: int = 0) -> None:
    check(function, _program_types(program)[function], args)
    scalars = [None if is_address(arg) else scalar_bytes(arg) for arg in args]
    run_program(program, function, shape(grid, block), args, scalars, shared_mem)


@functools.cache
def _program_types(program: Path) -> dict[str, str]:
    lines = subprocess.run([program], text=True, capture_output=True, check=True).stdout.splitlines()
    return {name: types for name, _, types in (line.partition(' ') for line in lines)}


def shape(grid, block) -> list[int]:
    """Grid and block as six numbers."""
    return [*grid, *[1] * (3 - len(grid)), *block, *[1] * (3 - len(block))]


def is_address(arg) -> bool:
    """Whether a kernel gets a pointer for it."""
    return arg is None or isinstance(arg, numpy.ndarray)


def scalar_bytes(arg) -> bytes:
    """A scalar as CuPy passes it: NumPy's in their own width, a Python int as 64 bits, a float as a double."""
    return numpy.asarray(arg).tobytes()


def check(function: str, types: str, args) -> None:
    """Compare arguments with the kernel's parameters: a GPU would read garbage where they differ."""
    expected = types.rstrip(',').split(',') if types else []
    given = [_code(arg) for arg in args]
    if len(expected) != len(given):
        raise LaunchError(f'{function} has {len(expected)} parameters; {len(given)} arguments were given')
    for place, (want, have) in enumerate(zip(expected, given)):
        if want != have and not (want.startswith('*') and (have == '*' or want == '*?' and have.startswith('*'))):
            raise LaunchError(f'{function}: parameter {place} is {want}; the argument is {have}')


def _code(arg) -> str:
    if arg is None:
        return '*'
    dtype = numpy.asarray(arg).dtype
    return '*' * isinstance(arg, numpy.ndarray) + f'{dtype.kind}{dtype.itemsize}'


def _pointer(arg) -> ctypes.c_void_p:
    return ctypes.c_void_p(None if arg is None else arg.ctypes.data)
