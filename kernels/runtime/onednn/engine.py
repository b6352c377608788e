"""oneDNN through its C interface: the library, and what all of its primitives share.

It comes as a package of the environment, without a Python module; nothing of the system's stands in for it. Its
threads are OpenMP's, as many as the project's own, and the two take turns: ours sleep while they have nothing to do,
and OpenMP's are kept from spinning for work, which by default they do for milliseconds on our threads' cores.
"""
import contextlib
import ctypes
import functools
import os
import sys
import threading
import weakref
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import numpy

from ..arrays import address
from ..threads import settle_process

# The packages, by platform, what the library is called in them, and what holds OpenMP.
PACKAGES = {'linux': ('onednn-cpu-gomp', 'libdnnl.so.3', 'libgomp.so.1'),
            'win32': ('onednn-cpu-vcomp', 'dnnl.dll', 'vcomp140.dll')}
MISSING = ('Convolutions on the CPU run as columns of patches and matrix products, because oneDNN is not usable '
           '({reason}). {remedy}')
# OpenMP reads its environment when it is loaded: how often a thread without work looks for some before it sleeps. Where
# other programs want the cores, long waits cost more than waking it; where none do, these are nearly long enough.
SPINNING = {'GOMP_SPINCOUNT': '2000'}
# Bytes that begin at such an address are moved fastest.
ALIGNMENT = 64
CPU = 1
IN_ORDER = 1
STATUS = {1: 'out of memory', 2: 'invalid arguments', 3: 'unimplemented', 4: 'last implementation reached',
          5: 'runtime error', 6: 'not required'}


class Argument(ctypes.Structure):
    """Which argument of a primitive, and its memory."""

    _fields_ = [('number', ctypes.c_int), ('memory', ctypes.c_void_p)]


Steps: TypeAlias = Sequence[tuple[ctypes.c_void_p, ctypes.Array]]
"""Primitives, each with an array of ``Argument``."""


class Library:
    """oneDNN with its engine and stream. A convolution takes all cores, so threads that call it come one by one."""

    def __init__(self, path: Path, openmp: str):
        """OSError where the library, or one that it needs, cannot be loaded."""
        with _environment(SPINNING):
            self._functions = ctypes.CDLL(str(path))
            self._set_threads = ctypes.CDLL(openmp).omp_set_num_threads
        self._functions.dnnl_primitive_desc_query_md.restype = ctypes.c_void_p
        self._functions.dnnl_memory_desc_get_size.restype = ctypes.c_size_t
        # The calls that are made most often, without looking them up by name.
        self._set_address = self._functions.dnnl_memory_set_data_handle
        self._set_address.argtypes = ctypes.c_void_p, ctypes.c_void_p
        self._execute = self._functions.dnnl_primitive_execute
        self._execute.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        self.lock = threading.Lock()
        # Working memory that all share; who keeps an address in it keeps the array.
        self.working, self._room_start = numpy.empty(0, numpy.uint8), 0
        self.engine = self.make('dnnl_engine_create', CPU, ctypes.c_size_t(0))
        self.stream = self.make('dnnl_stream_create', self.engine, IN_ORDER)

    def call(self, name: str, *arguments: object) -> None:
        """Call a function that returns a status. RuntimeError, which names both, unless it is success."""
        _check(name, getattr(self._functions, name)(*arguments))

    def make(self, name: str, *arguments: object) -> ctypes.c_void_p:
        """What a function puts where its first argument points to."""
        handle = ctypes.c_void_p()
        self.call(name, ctypes.byref(handle), *arguments)
        return handle

    def queried_layout(self, descriptor: ctypes.c_void_p, what: int) -> ctypes.c_void_p:
        """A primitive descriptor's layout of one of its arrays; it lives as long as the descriptor."""
        return ctypes.c_void_p(self._functions.dnnl_primitive_desc_query_md(descriptor, what, 0))

    def size(self, layout: ctypes.c_void_p) -> int:
        """Bytes of an array of that layout; 0 of none."""
        return self._functions.dnnl_memory_desc_get_size(layout)

    def is_same(self, layout: ctypes.c_void_p, other: ctypes.c_void_p) -> bool:
        """Whether two layouts place all numbers alike."""
        return bool(self._functions.dnnl_memory_desc_equal(layout, other))

    def point(self, memory: ctypes.c_void_p, address: int) -> None:
        """Say where the array of a memory lies."""
        _check('dnnl_memory_set_data_handle', self._set_address(memory, address))

    def room(self, size: int) -> int:
        """Where so many bytes of working memory begin. They are the caller's while it holds the lock."""
        if self.working.nbytes < size + ALIGNMENT:
            self.working = numpy.empty(size + ALIGNMENT, numpy.uint8)
            start = address(self.working)
            self._room_start = start + -start % ALIGNMENT
        return self._room_start

    def use_threads(self, count: int) -> None:
        """Let what the calling thread has oneDNN do from now on run on so many threads."""
        self._set_threads(count)

    def execute(self, count: int, steps: Steps) -> None:
        """Run primitives one after another on ``count`` threads, while the caller holds the lock.

        On a CPU they are done when the call returns.
        """
        self.use_threads(count)
        for primitive, arguments in steps:
            _check('dnnl_primitive_execute', self._execute(primitive, self.stream, len(arguments), arguments))

    def repeat(self, count: int, steps: Steps) -> None:
        """``execute`` on memory that is the caller's own."""
        with self.lock:
            self.execute(count, steps)

    def place(self, memory: ctypes.c_void_p) -> tuple[ctypes.c_void_p, ctypes.c_void_p]:
        """Layout and address of a memory; the layout lives as long as the memory."""
        layout, address = ctypes.c_void_p(), ctypes.c_void_p()
        self.call('dnnl_memory_get_memory_desc', memory, ctypes.byref(layout))
        self.call('dnnl_memory_get_data_handle', memory, ctypes.byref(address))
        return layout, address


def _check(name: str, status: int) -> None:
    if status:
        raise RuntimeError(f"oneDNN's {name} failed: {STATUS.get(status, 'unknown')} (status {status})")


class Handles:
    """Objects of oneDNN that are made for one purpose, and destroyed with it."""

    def __init__(self, onednn: Library):
        self.onednn = onednn
        self._made: list[tuple[str, ctypes.c_void_p]] = []
        # The system takes back what is left when the process ends.
        weakref.finalize(self, _destroy, onednn, self._made).atexit = False

    def new(self, kind: str, *arguments: object, function: str = '') -> ctypes.c_void_p:
        """A new object, by ``function`` unless it has the usual name."""
        handle = self.onednn.make(function or f'dnnl_{kind}_create', *arguments)
        self._made.append((kind, handle))
        return handle

    def memory(self, layout: ctypes.c_void_p, address: ctypes.c_void_p | None = None) -> ctypes.c_void_p:
        """Memory of that layout, which has no address yet unless it is given."""
        return self.new('memory', layout, self.onednn.engine, address)


def _destroy(onednn: Library, made: list) -> None:
    for kind, handle in reversed(made):
        onednn.call(f'dnnl_{kind}_destroy', handle)


@contextlib.contextmanager
def _environment(variables: dict):
    """Set those of the variables that the user has not."""
    own = {name: value for name, value in variables.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    finally:
        for name in own:
            del os.environ[name]


@functools.cache
def library() -> Library | None:
    """oneDNN, or None; says once a process what is missing."""
    # These are settings of whatever computes on a CPU, and a convolution may be the first to do so.
    settle_process()
    if sys.platform not in PACKAGES:
        print(MISSING.format(reason=f'there is no package for {sys.platform}', remedy='They are right, but slower.'))
        return None
    package, name, openmp = PACKAGES[sys.platform]
    try:
        return Library(_find(package, name), openmp)
    except metadata.PackageNotFoundError:
        reason, remedy = f'{package} is not installed', f'Install it: pip install {package}'
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        remedy = 'Install it: apt install libgomp1' if 'libgomp' in reason else f'Install again: pip install {package}'
    print(MISSING.format(reason=reason, remedy=remedy))
    return None


def _find(package: str, name: str) -> Path:
    """The package's file of that name. PackageNotFoundError without the package, FileNotFoundError without the file."""
    for path in metadata.files(package) or ():
        if path.name == name:
            return Path(path.locate()).resolve()
    raise FileNotFoundError(f'{package} has no file {name}')


def is_available() -> bool:
    """Whether oneDNN can be used; where it cannot, one line says so, once a process."""
    return library() is not None
