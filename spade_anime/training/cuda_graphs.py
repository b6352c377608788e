"""What of CUDA a captured training step needs, through CuPy: one stream, one pool of memory, graphs, pinned buffers.

Everything the graph points to comes from a pool of its own, so that nothing else is ever put there between two
replays. Tests put a stand-in in the place of ``CUDAGraphs``, which refuses what a capture refuses.
"""
import contextlib
import gc
from collections.abc import Callable, Iterator

import numpy
from chainer.backends import cuda

OUT_OF_MEMORY = 2
"""cudaErrorMemoryAllocation."""


class GraphMemoryError(MemoryError):
    """The device has no memory left for what a captured step needs beside its graphs."""


class Replay:
    """A captured graph; called, it launches the graph on the stream.

    Attributes:
        graph: CuPy's graph.
    """

    def __init__(self, graph, stream):
        self.graph, self._stream = graph, stream

    def __call__(self) -> None:
        self.graph.launch(self._stream)


class CUDAGraphs:
    """Capturing work on a stream of its own, and replaying it.

    ``cupy``: the module, or in tests a stand-in for it.
    """

    def __init__(self, cupy=None):
        self.cupy = cupy or cuda.cupy
        self.stream = self.cupy.cuda.Stream(non_blocking=True)
        self._pool = self.cupy.cuda.MemoryPool(self._allocate)
        self._has_captured = False
        # The networks were sent to the device on other streams.
        self.cupy.cuda.Device().synchronize()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """All that CuPy does inside goes to the stream, all that it allocates comes from the pool.

        This stream does not wait for the default one by itself, nor that for this one, and both compute in the one
        workspace of cuBLAS and the one of cuDNN. So the work inside starts after all that was given to the default
        stream before, and what that is given afterwards, a painting for example, starts after the work inside.
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
            # The stream has to leave the capture; that it was spoilt is less worth telling than why.
            with contextlib.suppress(self.cupy.cuda.runtime.CUDARuntimeError):
                self.stream.end_capture()
            raise
        finally:
            gc.enable()
        return Replay(self.stream.end_capture(), self.stream)

    def empty(self, shape: tuple, dtype):
        """An array on the device."""
        return self.cupy.empty(shape, dtype)

    def zeros(self, shape: tuple, dtype):
        """An array of zeros on the device."""
        return self.cupy.zeros(shape, dtype)

    def pinned(self, shape: tuple, dtype) -> numpy.ndarray:
        """An array on the host that the device can copy from while both go on."""
        count = int(numpy.prod(shape))
        memory = self.cupy.cuda.alloc_pinned_memory(max(count, 1) * numpy.dtype(dtype).itemsize)
        return numpy.frombuffer(memory, dtype, count).reshape(shape)

    def copy_in(self, target, source: numpy.ndarray) -> None:
        """Start copying a pinned array to the device, in the order of the stream."""
        target.set(source, self.stream)

    def read(self, array) -> numpy.ndarray:
        """Values of an array on the device, once all before it is done."""
        return array.get(self.stream)

    def mark(self):
        """Object whose ``synchronize()`` waits for all that the stream was given so far."""
        event = self.cupy.cuda.Event(block=True, disable_timing=True)
        event.record(self.stream)
        return event

    def _order(self, first, second):
        """Let the device start what ``second`` is given from now on after what ``first`` was given so far."""
        event = self.cupy.cuda.Event(disable_timing=True)
        event.record(first)
        second.wait_event(event)

    def _allocate(self, size: int):
        """New memory for the pool.

        Where the device has none left, CuPy's pool would give its free blocks back and try again. A graph still points
        to them, so from the first capture on no such request may reach it.
        """
        try:
            return self.cupy.cuda.MemoryPointer(self.cupy.cuda.Memory(size), 0)
        except self.cupy.cuda.runtime.CUDARuntimeError as error:
            if self._has_captured and error.status == OUT_OF_MEMORY:
                raise GraphMemoryError(f'{size:,} bytes more on the GPU, after the training step was captured: its '
                                       'graph keeps its memory; --no_graph keeps none') from error
            raise
