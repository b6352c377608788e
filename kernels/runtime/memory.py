"""Where arrays' memory comes from: kept from freed ones on the CPU, and on a GPU from CuPy's pool or, to find overruns,
an allocation for each.
"""
import contextlib
import ctypes
import functools
import os

UNPOOLED = 'SPADE_ANIME_UNPOOLED'

# Parameters of glibc's mallopt (malloc.h): sizes from which memory comes straight from the system and goes back
# to it when freed, how much may lie free at the end of the heap, and how many heaps there are. The largest values that
# fit its int; and one heap, because arrays above 64 MB, the most that a thread's own one holds, would be mapped anew
# each time, and no thread would use what another has freed.
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
LARGEST = 2 ** 31 - 1


def keep_freed_memory() -> bool:
    """Let glibc's malloc keep what large arrays leave behind; elsewhere do nothing. Return whether it does.

    A training step frees and asks for the same arrays of up to 80 MB again and again. Each time the system would
    have to map and clear their pages anew, which takes 5 to 10 % of the step; its peak stays the same.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):
        mallopt = ctypes.CDLL(None).mallopt
        return all([mallopt(M_MMAP_THRESHOLD, LARGEST), mallopt(M_TRIM_THRESHOLD, LARGEST), mallopt(M_ARENA_MAX, 1)])
    return False


def give_back_freed_memory() -> None:
    """Let the system have what ``keep_freed_memory`` keeps, once; where that cannot be, do nothing."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


@functools.cache
def choose_gpu_memory() -> None:
    """Where SPADE_ANIME_UNPOOLED is 1, let CuPy allocate every array by itself, which one line says; once a process.

    CuPy's pool rounds sizes up to 512 bytes and hands out freed memory again, so that compute-sanitizer's memcheck
    sees no overrun that stays within those. Pools of captured graphs stay. Call it after Chainer is imported, which
    chooses CuPy's pool. ValueError for another value.
    """
    value = os.environ.get(UNPOOLED, '')
    if value not in ('', '1'):
        raise ValueError(f"{UNPOOLED} is {value!r}; it may be '1' or empty")
    if value:
        import cupy
        cupy.cuda.set_allocator(None)
        cupy.cuda.set_pinned_memory_allocator(None)
        print(f'{UNPOOLED}: every array on the GPU is an allocation of its own, which takes its time.')
