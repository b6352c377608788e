"""The parts of CUDA that a captured training step needs, through CuPy: a stream, a memory pool, graphs, pinned buffers.

All memory that the graph points to comes from a pool of its own, so nothing else is put there between two replays.
Tests replace ``CUDAGraphs`` by a stand-in that refuses what a capture refuses.
"""
import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import Any

import numpy
from chainer.backends import cuda

OUT_OF_MEMORY = 2
"""cudaErrorMemoryAllocation."""


class GraphMemoryError(MemoryError):
    """The device has no memory left for what a captured step needs in addition to its graphs."""


class Replay:
    """A captured graph; called, it launches the graph on the stream.

    Attributes:
        graph: CuPy's graph.
    """

    def __init__(self, graph: Any, stream: Any):
        self.graph, self._stream = graph, stream

    def __call__(self) -> None:
        self.graph.launch(self._stream)


class CUDAGraphs:
    """Capturing work on a stream of its own, and replaying it.

    ``cupy``: the module, or in tests a stand-in for it.
    """

    def __init__(self, cupy: Any = None):
        self.cupy = cupy or cuda.cupy
        self.stream = self.cupy.cuda.Stream(non_blocking=True)
        self._pool = self.cupy.cuda.MemoryPool(self._allocate)
        self._has_captured = False
        # The networks were sent to the device on other streams.
        self.cupy.cuda.Device().synchronize()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """All that CuPy does inside goes to the stream, all that it allocates comes from the pool.

        This stream and the default one do not wait for each other, but share the workspaces of cuBLAS and cuDNN. So the
        work inside starts after everything that the default stream was given before, and what that is given later, a
        painting for example, starts after the work inside.
        """
        default = self.cupy.cuda.Stream.null
        self._order(default, self.stream)
        with self.cupy.cuda.using_allocator(self._pool.malloc), self.stream:
            yield
        self._order(self.stream, default)

    def capture(self, step: Callable[[], None]) -> Replay:
        """Record what ``step`` launches, without doing it. Inside ``running``."""
        gc.collect()
        # A collection inside would free arrays, and with them perhaps call what a capture forbids.
        gc.disable()
        self._has_captured = True
        self.stream.begin_capture()
        try:
            step()
        except BaseException:
            # The stream has to leave the capture. That the capture failed matters less than why.
            with contextlib.suppress(self.cupy.cuda.runtime.CUDARuntimeError):
                self.stream.end_capture()
            raise
        finally:
            gc.enable()
        return Replay(self.stream.end_capture(), self.stream)

    def empty(self, shape: tuple, dtype: Any) -> Any:
        """An array on the device."""
        return self.cupy.empty(shape, dtype)

    def zeros(self, shape: tuple, dtype: Any) -> Any:
        """An array of zeros on the device."""
        return self.cupy.zeros(shape, dtype)

    def pinned(self, shape: tuple, dtype: Any) -> numpy.ndarray:
        """An array on the host that the device can copy from while both continue."""
        count = int(numpy.prod(shape))
        memory = self.cupy.cuda.alloc_pinned_memory(max(count, 1) * numpy.dtype(dtype).itemsize)
        return numpy.frombuffer(memory, dtype, count).reshape(shape)

    def copy_in(self, target: Any, source: numpy.ndarray) -> None:
        """Start copying a pinned array to the device, in the order of the stream."""
        target.set(source, self.stream)

    def read(self, array: Any) -> numpy.ndarray:
        """Values of an array on the device, once all work before it is done."""
        return array.get(self.stream)

    def mark(self) -> Any:
        """An event whose ``synchronize()`` waits for all that the stream was given so far."""
        event = self.cupy.cuda.Event(block=True, disable_timing=True)
        event.record(self.stream)
        return event

    def _order(self, first: Any, second: Any) -> None:
        """Let what ``second`` is given from now on start after what ``first`` was given so far."""
        event = self.cupy.cuda.Event(disable_timing=True)
        event.record(first)
        second.wait_event(event)

    def _allocate(self, size: int) -> Any:
        """New memory for the pool.

        If the device has none left, CuPy's pool gives its free blocks back and tries again. A graph still points to
        them, so after the first capture the pool must not learn of the failure.
        """
        try:
            return self.cupy.cuda.MemoryPointer(self.cupy.cuda.Memory(size), 0)
        except self.cupy.cuda.runtime.CUDARuntimeError as error:
            if self._has_captured and error.status == OUT_OF_MEMORY:
                raise GraphMemoryError(f'{size:,} bytes more on the GPU, after the training step was captured: its '
                                       'graph keeps its memory; --no_graph keeps none') from error
            raise
