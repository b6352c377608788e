"""Memory of the arrays of a tape: given back when an array dies and lent to another one, as in every replay."""
import bisect
import gc
import mmap
import weakref

import numpy

# Bytes that begin at such an address are moved fastest.
ALIGNMENT = 64
# What is asked of the system at once, in bytes. It is memory once it is written to.
CHUNK = 1 << 30

# Memory of this process alone, whose pages madvise can drop. Windows has only such.
PRIVATE = {'flags': mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, 'MAP_PRIVATE') else {}


class Slab(numpy.ndarray):
    """Bytes that an array borrows.

    NumPy lets a view of a view refer to the first array of its own type. This type is neither that of traced arrays nor
    that of plain ones, so all views of an array refer to the array to which the bytes were lent, and keep it alive.
    """


class Pool:
    """Memory at fixed addresses for one tape after another; two tapes must not run at once."""

    def __init__(self) -> None:
        self._lent = 0
        # Chunks, and what is free of them: number, start and end.
        self._mappings: list[mmap.mmap] = []
        self._chunks: list[numpy.ndarray] = []
        self._ends: list[int] = []
        self._free: list[tuple[int, int, int]] = []

    def give_back(self) -> None:
        """Let the system have the memory until a tape runs again, where it can; what arrays hold is lost."""
        if hasattr(mmap, 'MADV_DONTNEED'):
            for memory in self._mappings:
                memory.madvise(mmap.MADV_DONTNEED)

    @property
    def nbytes(self) -> int:
        """Bytes that have been lent so far."""
        return sum(self._ends)

    @property
    def is_lent(self) -> bool:
        """Whether an array holds memory, once those that nobody can reach are collected."""
        if self._lent:
            gc.collect()
        return self._lent > 0

    def borrow(self, size: int) -> tuple[Slab, tuple[int, int, int]]:
        """So many bytes, and the place that ``lend`` takes."""
        size = max(-(-size // ALIGNMENT), 1) * ALIGNMENT
        fits = [(end - start, chunk, start) for chunk, start, end in self._free if end - start >= size]
        length, chunk, start = min(fits) if fits else self._grow(size)
        self._free.remove((chunk, start, start + length))
        self._ends[chunk] = max(self._ends[chunk], start + size)
        if length > size:
            bisect.insort(self._free, (chunk, start + size, start + length))
        return self._chunks[chunk][start:start + size].view(Slab), (chunk, start, start + size)

    def lend(self, place: tuple[int, int, int], holder: numpy.ndarray) -> None:
        """Take the place back when ``holder`` dies."""
        self._lent += 1
        weakref.finalize(holder, self._take_back, place).atexit = False

    def _take_back(self, place: tuple[int, int, int]) -> None:
        """Join it with what is free beside it."""
        self._lent -= 1
        chunk, start, end = place
        at = bisect.bisect(self._free, place)
        if at < len(self._free) and self._free[at][:2] == (chunk, end):
            end = self._free.pop(at)[2]
        if at and (self._free[at - 1][0], self._free[at - 1][2]) == (chunk, start):
            start = self._free.pop(at - 1)[1]
        bisect.insort(self._free, (chunk, start, end))

    def _grow(self, size: int) -> tuple[int, int, int]:
        size = max(size, CHUNK)
        # Pages of its own, which can be given back while the heap keeps what is freed. They begin at whole pages.
        memory = mmap.mmap(-1, size, **PRIVATE)
        self._mappings.append(memory)
        self._chunks.append(numpy.frombuffer(memory, numpy.uint8))
        self._ends.append(0)
        number = len(self._chunks) - 1
        self._free.append((number, 0, size))
        return size, number, 0
