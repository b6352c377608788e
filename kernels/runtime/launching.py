"""Compiling the texts of the ops and launching them: the one place that knows CuPy's RawModule.

The arrays among a launch's arguments choose who compiles: CuPy for its own; for NumPy arrays the backend that was
put up by ``use``, the tests' emulator. Nothing else differs, so what the tests launch is what a GPU runs.
"""
import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy

from . import sources

OPTIONS = '--std=c++17',
THREADS = 256
# Enough to keep the largest cards busy; what is left over is done by grid-stride loops.
MAX_BLOCKS = 4096

Launch = Callable[..., None]
_blocks = MAX_BLOCKS
_emulator = None


class CompileError(RuntimeError):
    """A CUDA text that does not compile; the compiler's first message."""


class Backend(Protocol):
    """Who compiles a text and runs its kernels."""

    def compile(self, text: str, name: str) -> Callable[[str], Launch]:
        """Return a function that looks up a kernel, which is called as CuPy's RawKernel is. Raises CompileError."""

    def __hash__(self) -> int:
        """Compiled kernels are kept by backend."""


class CuPy:
    """Compiles by NVRTC for the device at hand."""

    def compile(self, text: str, name: str) -> Callable[[str], Launch]:
        import cupy
        module = cupy.RawModule(code=text, options=OPTIONS)
        try:
            module.compile()
        except cupy.cuda.compiler.CompileException as error:
            raise CompileError(first_message(error.get_message(), name)) from error

        def lookup(function: str) -> Launch:
            launch = module.get_function(function)
            return lambda grid, block, args, shared_mem: launch(
                grid, block, tuple(map(cupy_argument, args)), shared_mem=shared_mem)
        return lookup


def cupy_argument(arg: Any) -> Any:
    """A launch's argument in the form that CuPy takes."""
    if arg is None:
        # CuPy passes None on as an address that is not null (cupy/cupy issue 9046); 0 arrives as null.
        return 0
    # CuPy passes a struct by value when it comes as an array of one; its own scalars hold up to 16 bytes.
    return numpy.asarray(arg) if isinstance(arg, numpy.void) else arg


class Kernel:
    """One function of a .cu file for one choice of its defines; compiled when first launched."""

    def __init__(self, path: Path, function: str, defines: sources.Defines):
        self.path, self.function, self.defines = path, function, defines
        names = sources.entries(sources.source(path, defines))
        if function not in names:
            raise ValueError(f'{path.name} has no kernel {function}; it has {", ".join(names)}')

    def __call__(self, grid: Sequence[int], block: Sequence[int], args: Sequence, shared_mem: int = 0) -> None:
        """Launch with NumPy scalars, arrays and None (a null pointer) as arguments.

        A scalar is passed in its own width: numpy.int32 for ``int``, numpy.int64 for ``long long``; a structured one
        (numpy.void) as a struct by value.
        """
        if min(*grid, *block) < 1:
            raise ValueError(f'{self.function}: grid {tuple(grid)} of blocks {tuple(block)} has nothing to do')
        function = _compiled(_backend(args, self.function), self.path, self.function, self.defines)
        function(tuple(grid), tuple(block), tuple(args), shared_mem=shared_mem)


@functools.cache
def _kernel(file: str | Path, function: str, defines: tuple) -> Kernel:
    path = Path(file)
    path = path if path.is_absolute() else sources.files()[str(file)]
    return Kernel(path, function, sources.normalized(dict(defines)))


def kernel(file: str | Path, function: str, **defines: Any) -> Kernel:
    """The kernel ``function`` of ``<file>.cu`` in an op's folder, or of the .cu file with that absolute path.

    ``defines`` choose a variant: a dtype becomes a type alias, a number a macro.
    """
    return _kernel(file, function, tuple(defines.items()))


def blocks(count: int, threads: int = THREADS) -> int:
    """Number of blocks whose threads cover ``count`` elements, capped: kernels go on in grid-stride loops."""
    return max(min(-(-count // threads), _blocks), 1)


@contextlib.contextmanager
def use(backend: Backend, max_blocks: int = MAX_BLOCKS) -> Iterator[Backend]:
    """Let ``backend`` run launches on NumPy arrays, and cap ``blocks`` at ``max_blocks``."""
    global _emulator, _blocks
    before = _emulator, _blocks
    _emulator, _blocks = backend, max_blocks
    try:
        yield backend
    finally:
        _emulator, _blocks = before


def first_message(log: str, name: str) -> str:
    """The first error in a compiler's log, else its first line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()] or ['no message']
    return f'{name} does not compile: ' + next((line for line in lines if 'error' in line), lines[0])


@functools.cache
def _compiled(backend: Backend, path: Path, function: str, defines: sources.Defines) -> Launch:
    return _library(backend, path, defines)(function)


@functools.cache
def _library(backend: Backend, path: Path, defines: sources.Defines) -> Callable[[str], Launch]:
    return backend.compile(sources.source(path, defines), f'{path.name} {sources.label(defines)}'.strip())


_cupy = CuPy()


def _backend(args: Sequence, name: str) -> Backend:
    """CuPy if all arrays are its own, the emulator if all are NumPy's."""
    cupy = sys.modules.get('cupy')
    on_gpu = {isinstance(arg, cupy.ndarray) if cupy else False for arg in args
              if isinstance(arg, numpy.ndarray) or (cupy and isinstance(arg, cupy.ndarray))}
    if len(on_gpu) > 1:
        raise TypeError(f'{name}: some arrays are on the GPU and some are not')
    if on_gpu == {True}:
        return _cupy
    if _emulator is None:
        raise RuntimeError(f"{name}: a CUDA kernel on NumPy arrays needs the tests' emulator; leave impl at None "
                           'to compute on the CPU, or hand over CuPy arrays')
    return _emulator
