"""cuDNN's convolutions through its front end: graphs, their plans, and what a GPU needs to run them.

A plan is made once for each problem, by cuDNN's heuristics or, with SPADE_ANIME_AUTOTUNE=1, by timing the first
candidates on the device. Convolutions of one GPU share a handle and a workspace, so they belong to one stream at a
time. In a captured graph nothing is made and nothing grows: what a step needs, eager steps before it have made.
"""
import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Protocol

from .graph import Plan, Problem

AUTOTUNE = 'SPADE_ANIME_AUTOTUNE'
# Plans that autotuning times, how often it runs each, and bytes of workspace beyond which it takes none.
CANDIDATES = 12
TURNS = 3
TUNED_WORKSPACE = 256 << 20
MISSING = ("Convolutions on the GPU run as columns of patches and matrix products, because cuDNN's front end is not "
           "usable ({reason}). Install the extra cudnn beside that for CUDA: pip install '.[cuda13,cudnn]'")


class Runtime(Protocol):
    """What is asked of CUDA."""

    def device(self) -> int:
        """Return the number of the current device."""

    def stream(self) -> int:
        """Address of the current stream."""

    def is_capturing(self) -> bool:
        """Whether the current stream's work goes into a graph."""

    def allocate(self, size: int) -> tuple[int, object]:
        """So many bytes: their address, and what has to live as long as they are used."""

    def seconds(self, run: Callable[[], None]) -> float:
        """Time that the work which ``run()`` launches takes the device."""


class CuPyRuntime:
    """CUDA through CuPy, memory from its pool; methods as ``Runtime`` says."""

    def __init__(self):
        import cupy
        self.cuda = cupy.cuda

    def device(self) -> int:
        return self.cuda.runtime.getDevice()

    def stream(self) -> int:
        return self.cuda.get_current_stream().ptr

    def is_capturing(self) -> bool:
        return self.cuda.get_current_stream().is_capturing()

    def allocate(self, size: int) -> tuple[int, object]:
        memory = self.cuda.alloc(size)
        return memory.ptr, memory

    def seconds(self, run: Callable[[], None]) -> float:
        start, end = self.cuda.Event(), self.cuda.Event()
        start.record()
        run()
        end.record()
        end.synchronize()
        return self.cuda.get_elapsed_time(start, end) / 1e3


class Device:
    """Handle, plans and workspace of one GPU."""

    def __init__(self, cudnn: ModuleType, runtime: Runtime):
        self.cudnn, self.runtime = cudnn, runtime
        self.handle: Any = None
        self.plans: dict[Problem, Plan] = {}
        self.size, self.address, self._memory = 0, 0, None
        # A captured graph goes on writing to the workspace that it was captured with.
        self._is_captured = False
        self._kept: list = []

    def execute(self, problem: Problem, addresses: dict) -> None:
        """Compute on CuPy's current stream. RuntimeError inside a capture for what was not run before it."""
        plan = self.plans.get(problem)
        if plan is None:
            self._refuse_in_capture(f'{problem} has no plan yet')
            self.handle = self.handle or self.cudnn.create_handle()
            plan = Plan(self.cudnn, problem, handle=self.handle)
        self.cudnn.set_stream(handle=self.handle, stream=self.runtime.stream())
        if problem not in self.plans:
            if os.environ.get(AUTOTUNE, '') not in ('', '0'):
                self._tune(plan, addresses)
            self.plans[problem] = plan
        self.reserve(plan.workspace)
        plan.execute(addresses, self.address, self.handle)

    def reserve(self, size: int) -> None:
        """Let the workspace have at least ``size`` bytes. RuntimeError where it would grow inside a capture."""
        if size > self.size:
            self._refuse_in_capture(f'the workspace of the convolutions has {self.size} bytes, {size} are needed')
            if self._is_captured:
                self._kept.append(self._memory)
            self.address, self._memory = self.runtime.allocate(size)
            self.size, self._is_captured = size, False
        self._is_captured = self._is_captured or self.runtime.is_capturing()

    def _refuse_in_capture(self, reason: str) -> None:
        if self.runtime.is_capturing():
            raise RuntimeError(f'{reason}; inside a capture neither may change: run the same step before capturing it')

    def _tune(self, plan: Plan, addresses: dict) -> None:
        """Choose the fastest of the first plans; without asking for it, it is the first that can be built."""
        seconds, most = {}, max(plan.workspace, TUNED_WORKSPACE)
        for index in range(min(plan.graph.get_execution_plan_count(), CANDIDATES)):
            try:
                plan.choose(index)
            except (self.cudnn.cudnnGraphNotSupportedError, RuntimeError):
                continue
            if plan.workspace <= most:
                self.reserve(plan.workspace)
                run = functools.partial(plan.execute, addresses, self.address, self.handle)
                seconds[index] = min([self.runtime.seconds(run) for _ in range(TURNS + 1)][1:])
        plan.choose(min(seconds, key=seconds.__getitem__))


_devices: dict[int, Device] = {}
_used: tuple[ModuleType, Runtime] | None = None


@functools.cache
def _front_end():
    """The front end with cuDNN behind it and None; or None and one line of what is missing."""
    try:
        import cudnn
        cudnn.backend_version()
    except Exception as error:  # whatever is missing, the reason reaches the user
        return None, MISSING.format(reason=f'{type(error).__name__}: {error}'.splitlines()[0])
    return cudnn, None


def missing() -> str | None:
    """Why cuDNN cannot be used and what to install, in one line; None where it can."""
    return None if _used is not None else _front_end()[1]


def is_available() -> bool:
    """Whether cuDNN can be used; where it cannot, one line says so, once a process."""
    reason = missing()
    if reason is not None:
        _say_once(reason)
    return reason is None


_say_once = functools.cache(print)


def stands_in() -> bool:
    """Whether ``use`` has put up a stand-in, which takes NumPy arrays."""
    return _used is not None


@contextlib.contextmanager
def use(cudnn: ModuleType, runtime: Runtime) -> Iterator[None]:
    """Compute by another front end and runtime: the tests' stand-ins, whose addresses are of NumPy arrays."""
    global _devices, _used
    before, _devices, _used = (_devices, _used), {}, (cudnn, runtime)
    try:
        yield
    finally:
        _devices, _used = before


def device() -> Device:
    """The current GPU's."""
    cudnn, runtime = _used or (_front_end()[0], _cupy_runtime())
    number = runtime.device()
    if number not in _devices:
        _devices[number] = Device(cudnn, runtime)
    return _devices[number]


@functools.cache
def _cupy_runtime() -> Runtime:
    return CuPyRuntime()
