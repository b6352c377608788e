"""A few threads for array work: NumPy lets go of the interpreter lock in copies, arithmetic and products."""
import functools
import math
import os
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue

import numpy
from numpy.typing import DTypeLike

from .. import recording
from .memory import keep_freed_memory

VARIABLE = 'SPADE_ANIME_THREADS'
_here = threading.local()


@functools.cache
def threads() -> int:
    """Number of threads: the environment variable SPADE_ANIME_THREADS, else the usable cores."""
    given = os.environ.get(VARIABLE)
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count() or 1
    if not given.isdecimal() or int(given) < 1:
        raise ValueError(f'{VARIABLE} is {given!r}; it has to be a number of at least 1')
    return int(given)


@functools.cache
def settle_process() -> None:
    """Settings of the process that our threads go with: before the first product, as they change its rounding."""
    # Each of our threads calls BLAS on its own block. If BLAS started threads of its own for each of these
    # calls they would fight for the same cores; and one thread a block is faster than two that share one.
    try:
        import threadpoolctl
    except ImportError:
        print('threadpoolctl is not installed: BLAS starts threads under those of the kernels, which is slow on a '
              'CPU.')
    else:
        threadpoolctl.ThreadpoolController().limit(limits=1, user_api='blas')
    keep_freed_memory()


@functools.cache
def _calls() -> SimpleQueue:
    """Calls for the threads beside the caller's, which are made when first needed.

    A call takes some microseconds to hand over; by ThreadPoolExecutor's futures it would be several times as many, and
    a training step has hundreds of calls.
    """
    calls: SimpleQueue = SimpleQueue()
    for number in range(threads() - 1):
        threading.Thread(target=_serve, args=(calls,), name=f'kernels_{number}', daemon=True).start()
    return calls


if hasattr(os, 'register_at_fork'):
    # A forked child inherits the queue, but none of its threads: it makes its own.
    os.register_at_fork(after_in_child=_calls.cache_clear)


def parallel(function: Callable, items: Iterable) -> None:
    """Call ``function`` on every item, on all cores; the order is not defined, results are not collected.

    The first exception is raised again once all threads have stopped. Calls from within ``function`` run in
    the thread they are made in.
    """
    if recording.active() is not None:
        recording.step(parallel, function, list(items))
        return
    settle_process()
    items = list(items)
    helpers = min(threads(), len(items)) - 1
    if helpers < 1 or getattr(_here, 'busy', False):
        for item in items:
            function(item)
        return
    ends: SimpleQueue = SimpleQueue()
    queue, tickets = iter(items), [None] * helpers
    for _ in range(helpers):
        _calls().put((function, queue, tickets, ends))
    try:
        _drain(function, queue)
    finally:
        # Whom the system has not found a core for yet is not waited for: nothing is left to do.
        started = helpers - sum(_taken(tickets) for _ in range(helpers))
        errors = [ends.get() for _ in range(started)]
    for error in filter(None, errors):
        raise error


def _serve(calls: SimpleQueue) -> None:
    """What a thread beside the caller's does: work on one call after the other, unless the caller is through."""
    while True:
        function, queue, tickets, ends = calls.get()
        if not _taken(tickets):
            continue
        error = None
        try:
            _drain(function, queue)
        except BaseException as caught:  # the caller raises it
            error = caught
        # The call's arrays are not kept alive until the next one comes.
        function = queue = None
        ends.put(error)


def _taken(tickets: list) -> bool:
    """Take a ticket, of which every helper has one, if there is one left."""
    try:
        tickets.pop()
    except IndexError:
        return False
    return True


def _drain(function: Callable, queue) -> None:
    """Work through what is left of the queue; after an error leave nothing to the others."""
    _here.busy = True
    try:
        for item in queue:
            function(item)
    except BaseException:
        for _ in queue:
            pass
        raise
    finally:
        _here.busy = False


def scratch(name: str, shape: tuple[int, ...], dtype: DTypeLike) -> numpy.ndarray:
    """Uninitialised memory of this thread, valid until the thread asks for the same name again."""
    buffers = _here.__dict__.setdefault('buffers', {})
    size = math.prod(shape) * numpy.dtype(dtype).itemsize
    if name not in buffers or buffers[name].size < size:
        buffers[name] = numpy.empty(size, numpy.uint8)
    return buffers[name][:size].view(dtype).reshape(shape)


def spans(length: int, count: int) -> list[tuple[int, int]]:
    """Cut ``range(length)`` into at most ``count`` parts of nearly equal length."""
    count = max(1, min(length, count))
    edges = [length * i // count for i in range(count + 1)]
    return list(zip(edges, edges[1:]))


def portions(length: int, size: int, block: int) -> list[tuple[int, int]]:
    """Cut ``range(length)`` into parts of about ``block`` of the ``size`` numbers that belong to it.

    Parts get smaller, down to a quarter, before a thread has none; less is not worth waking it.
    """
    return spans(length, max(round(size / block), min(threads(), 4 * size // block)))
