"""What of CUDA a captured training step needs, through CuPy: one stream, one pool of memory, graphs, pinned buffers.

Everything the graph points to comes from a pool of its own, so that nothing else is ever put there between two
replays. Tests put a stand-in in the place of ``CUDAGraphs``, which refuses what a capture refuses.
"""
import contextlib
import gc
from collections.abc import Callable

import numpy
from chainer.backends import cuda


class CUDAGraphs:
    """Capturing work on a stream of its own, and replaying it."""

    def __init__(self):
        self.cupy = cuda.cupy
        self.stream = self.cupy.cuda.Stream(non_blocking=True)
        self._pool = self.cupy.cuda.MemoryPool()

    @contextlib.contextmanager
    def running(self):
        """All that CuPy does inside goes to the stream, all that it allocates comes from the pool."""
        with self.cupy.cuda.using_allocator(self._pool.malloc), self.stream:
            yield

    def capture(self, step: Callable[[], None]) -> Callable[[], None]:
        """Record what ``step`` launches, without doing it, and return a function that does it. Inside ``running``."""
        gc.collect()
        # A collection inside would free arrays, and with them perhaps call what a capture forbids.
        gc.disable()
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
        graph = self.stream.end_capture()
        return lambda: graph.launch(self.stream)

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
