"""Compiling CUDA sources for GPUs that are not there: NVRTC by CuPy's binding and with CuPy's options."""
import functools
import os
import re
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from . import sources
from .launching import OPTIONS, CompileError, first_message

ARCHITECTURES = '75', '80', '86', '89', '90', '100', '120'
LOG = re.compile(r"entry function '(\w+)'.*?(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads"
                 r'.*?Used (\d+) registers(?:[^\n]*?(\d+) bytes smem)?', re.DOTALL)


class Usage(NamedTuple):
    """What a kernel takes of a multiprocessor, in the words of ptxas; bytes but for the registers."""

    stack: int
    spills: int
    registers: int
    shared: int


class Variant(NamedTuple):
    """One kernel's file for one choice of its defines."""

    path: Path
    defines: sources.Defines

    @property
    def name(self) -> str:
        """File and choice in one line."""
        return f'{self.path.name} {sources.label(self.defines)}'.strip()

    @property
    def functions(self) -> list[str]:
        """Names of its kernels."""
        return sources.entries(sources.source(*self))


def all_variants() -> list[Variant]:
    """Every variant of every .cu file."""
    return [Variant(path, defines) for path in sources.files().values() for defines in sources.variants(path)]


_recording = threading.Lock()


class _Recorded(Exception):
    """Carries the options that CuPy was about to compile with."""


class _Recorder:
    """Takes the place of CuPy's NVRTC program."""

    def __init__(self, *_, **__):
        pass

    def compile(self, options, log_stream=None):
        raise _Recorded(options)


@functools.cache
def cupy_options() -> tuple[str, ...]:
    """What CuPy passes to NVRTC for our sources, without the architecture.

    Recorded from CuPy, which adds options in several places. Whatever would need a driver before the compilation is
    replaced; with its cache in memory CuPy looks up nothing on disk.
    """
    from cupy._core import core
    from cupy.cuda import compiler
    replaced: dict[str, Any] = {'_get_arch_for_options_for_nvrtc': lambda arch: (f'-arch=sm_{arch}', 'cubin'),
                '_preprocess': lambda *_: '', '_NVRTCProgram': _Recorder}
    with (_recording, mock.patch.multiple(compiler, **replaced),
          mock.patch.dict(os.environ, CUPY_CACHE_IN_MEMORY='1')):
        try:
            core.compile_with_cache('', OPTIONS, ARCHITECTURES[0])
        except _Recorded as recorded:
            return tuple(option for option in recorded.args[0] if not option.startswith('-arch='))
    raise CompileError('CuPy compiled nothing: its options are not known')


def version() -> str:
    """NVRTC's version."""
    from cupy_backends.cuda.libs import nvrtc
    return '.'.join(map(str, nvrtc.getVersion()))


def compile_text(text: str, name: str, architecture: str, ptx: bool = False) -> tuple[str | bytes, str]:
    """PTX, or the binary of one architecture; and the log. Raises CompileError with NVRTC's first message."""
    from cupy_backends.cuda.libs import nvrtc
    target = f'-arch={"compute" if ptx else "sm"}_{architecture}'
    program = nvrtc.createProgram(text, name.split()[0], (), ())
    try:
        nvrtc.compileProgram(program, (*cupy_options(), target, *([] if ptx else ['--ptxas-options=-v'])))
        return nvrtc.getPTX(program) if ptx else nvrtc.getCUBIN(program), nvrtc.getProgramLog(program)
    except nvrtc.NVRTCError as error:
        raise CompileError(first_message(nvrtc.getProgramLog(program), f'{name} for sm_{architecture}')) from error
    finally:
        nvrtc.destroyProgram(program)


def usages(text: str, name: str, architecture: str) -> dict[str, Usage]:
    """What each kernel in a text takes on an architecture."""
    log = compile_text(text, name, architecture)[1]
    found = {}
    for function, stack, stores, loads, registers, shared in LOG.findall(log):
        found[function] = Usage(int(stack), int(stores) + int(loads), int(registers), int(shared or 0))
    return found


def usage_table(variants: Iterable[Variant],
                architectures: Sequence[str] = ARCHITECTURES) -> dict[tuple[Variant, str], dict]:
    """``usages`` of all variants on all architectures, compiled side by side."""
    keys = [(variant, architecture) for variant in variants for architecture in architectures]

    def run(key):
        variant, architecture = key
        return usages(sources.source(*variant), variant.name, architecture)

    with ThreadPoolExecutor() as pool:
        return dict(zip(keys, pool.map(run, keys)))
