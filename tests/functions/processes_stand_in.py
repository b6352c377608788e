"""Processes played by threads: a batch spread over them, and means over them."""
import threading
from collections.abc import Callable

import chainer
import numpy

from kernels.runtime.across import Across

SECONDS = 20


def spread(processes: int, work: Callable) -> list:
    """Results of ``work(rank, across)`` of every process, in order; the first error of any is raised.

    Chainer's configuration is a thread's own: each gets that of the caller's ``train``.
    """
    meeting, slots = threading.Barrier(processes, timeout=SECONDS), [None] * processes
    results, errors, train = [None] * processes, [], chainer.config.train

    def run(rank):
        def mean(array):
            slots[rank] = array
            meeting.wait()
            total = numpy.sum(slots, axis=0, dtype=array.dtype) / array.dtype.type(processes)
            meeting.wait()
            return total

        try:
            with chainer.using_config('train', train):
                results[rank] = work(rank, Across(mean, processes))
        except Exception as error:
            errors.append(error)
            meeting.abort()

    threads = [threading.Thread(target=run, args=(rank,)) for rank in range(processes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise next((error for error in errors if not isinstance(error, threading.BrokenBarrierError)), errors[0])
    return results
