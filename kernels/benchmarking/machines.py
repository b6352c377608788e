"""Where the kernel benchmark times: the CPU by the clock, a CUDA device by events around work that is already queued.

Python takes 100 to 250 us for the launches of an op, longer than small ops run. So what is timed on a device is a CUDA
graph, replayed by one call; or, where a side cannot be captured, work behind a queue that lasts longer than Python.
"""
import contextlib
import gc
import importlib.util
import math
import platform
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy

from ..runtime.machine import machine
from .cases import Case

FLUSH_BYTES = 256 << 20
COPY_BYTES = 512 << 20
# How often a side runs before it is timed or captured: kernels are compiled, plans chosen and memory found.
WARM_UPS = 2
# How many times longer than the host's work the queue in front of a side lasts that is not captured.
QUEUE_MARGIN = 2


class Prepared(NamedTuple):
    """A side that is ready to be timed.

    ``launch`` queues its work; ``timed`` is 'graph', 'queue' or 'clock'; ``reason`` why it was not captured;
    ``fills`` how often the cache is emptied before it; ``kept`` what has to live as long as it is launched.
    """

    launch: Callable
    timed: str
    reason: str = ''
    fills: int = 1
    kept: tuple = ()


class Cpu:
    """NumPy arrays, timed by the clock."""

    name = f'{platform.processor() or platform.machine()} (CPU forms)'

    def arrays(self, case: Case) -> tuple:
        """Arrays of a case where the kernels want them."""
        return case.arrays

    def tensors(self, case: Case) -> tuple:
        """The same as PyTorch tensors."""
        import torch
        return tuple(map(torch.from_numpy, case.arrays))

    def prepare(self, run: Callable, by_torch: bool = False) -> Prepared:
        """Warm ``run()`` up; ``by_torch``: whether PyTorch computes it."""
        for _ in range(WARM_UPS):
            run()
        return Prepared(run, 'clock')

    def seconds(self, prepared: Prepared) -> float:
        """Time one call."""
        start = time.perf_counter()
        prepared.launch()
        return time.perf_counter() - start


class Gpu:
    """CuPy arrays on the current device, timed by events with a cold cache; methods as the CPU's."""

    def __init__(self):
        import cupy
        self.cupy = cupy
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        driver = cupy.cuda.runtime.driverGetVersion()
        self.name = f'{properties["name"].decode()} (driver CUDA {driver // 1000}.{driver % 1000 // 10})'
        self.stream = cupy.cuda.Stream(non_blocking=True)
        self.flush = cupy.empty(FLUSH_BYTES, cupy.uint8)
        self._empty_cache()
        self.fill_seconds = self._elapsed(self._empty_cache)

    def arrays(self, case: Case) -> tuple:
        arrays = tuple(map(self.cupy.asarray, case.arrays))
        self.cupy.cuda.Device().synchronize()
        return arrays

    def tensors(self, case: Case) -> tuple:
        """The same as PyTorch tensors; PyTorch rounds factors to TF32 where the kernels do."""
        import torch
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = machine().allows_tf32
        tensors = tuple(torch.from_numpy(array).cuda() for array in case.arrays)
        self.cupy.cuda.Device().synchronize()
        return tensors

    def prepare(self, run: Callable, by_torch: bool = False) -> Prepared:
        current = self._torch_stream if by_torch else self._cupy_stream
        # A pool of its own, because a graph keeps using the memory that its capture took.
        pool = self.cupy.cuda.MemoryPool()
        with current(), self.cupy.cuda.using_allocator(pool.malloc):
            for _ in range(WARM_UPS):
                run()
            self.stream.synchronize()
            try:
                replay, results = self._torch_graph(run) if by_torch else self._cupy_graph(run)
            except Exception as error:  # each library has its own for what a capture refuses
                reason = f'{type(error).__name__}: {error}'.splitlines()[0]
                return Prepared(_within(current, run), 'queue', reason, self._fills(run))
            replay()
            self.stream.synchronize()
        return Prepared(_within(current, replay), 'graph', kept=(pool, results))

    def seconds(self, prepared: Prepared) -> float:
        for _ in range(prepared.fills):
            self._empty_cache()
        return self._elapsed(prepared.launch)

    def _elapsed(self, launch: Callable) -> float:
        start, end = self.cupy.cuda.Event(), self.cupy.cuda.Event()
        start.record(self.stream)
        launch()
        end.record(self.stream)
        end.synchronize()
        return self.cupy.cuda.get_elapsed_time(start, end) / 1e3

    def _empty_cache(self) -> None:
        with self.stream:
            self.flush.fill(0)

    def _fills(self, run: Callable) -> int:
        """How often to empty the cache so that the device is busy until all of ``run`` is queued."""
        start = time.perf_counter()
        run()
        host = time.perf_counter() - start
        self.stream.synchronize()
        return 1 + math.ceil(QUEUE_MARGIN * host / self.fill_seconds)

    def _cupy_stream(self) -> contextlib.AbstractContextManager:
        return self.stream

    def _torch_stream(self) -> contextlib.AbstractContextManager:
        import torch
        return torch.cuda.stream(torch.cuda.ExternalStream(self.stream.ptr))

    def _cupy_graph(self, run: Callable) -> tuple:
        """Function that replays ``run``, and what it wrote to."""
        with _no_collection():
            self.stream.begin_capture()
            try:
                results = run()
            except Exception:
                # The capture is over too, and says itself that it was spoiled.
                with contextlib.suppress(Exception):
                    self.stream.end_capture()
                raise
            graph = self.stream.end_capture()
        return lambda: graph.launch(self.stream), results

    def _torch_graph(self, run: Callable) -> tuple:
        import torch
        graph = torch.cuda.CUDAGraph()
        with _no_collection(), torch.cuda.graph(graph):
            results = run()
        return graph.replay, results


def _within(context: Callable, call: Callable) -> Callable:
    """Function that calls within a fresh ``context()``."""
    def run():
        with context():
            call()
    return run


@contextlib.contextmanager
def _no_collection():
    """Free nothing in the middle of a capture: what the garbage collector finds may be another graph's memory."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def device() -> Cpu | Gpu:
    """The CUDA device if CuPy finds one, else the CPU, which one line says."""
    if importlib.util.find_spec('cupy'):
        import cupy
        try:
            if cupy.cuda.runtime.getDeviceCount():
                return Gpu()
        except cupy.cuda.runtime.CUDARuntimeError:
            pass
    print('No CUDA device: timing the CPU forms.')
    return Cpu()


def copy_bandwidth(machine: Cpu | Gpu) -> float:
    """Bytes a second that a plain copy moves, reads and writes together."""
    case = Case('copy', '', (numpy.ones(COPY_BYTES // 4, numpy.float32),), lambda *_: None, 2 * COPY_BYTES)
    source, = machine.arrays(case)
    target = source.copy()
    prepared = machine.prepare(lambda: target.__setitem__(..., source))
    return 2 * COPY_BYTES / float(numpy.median([machine.seconds(prepared) for _ in range(10)]))
