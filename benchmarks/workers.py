"""Sides in processes of their own, which take turns, so that a busy machine slows all alike."""
import contextlib
import importlib
import multiprocessing
import sys

import numpy

WARM_UP = 8
"""Calls before the first timing on a GPU: kernels and graphs are made in them. On a CPU one will do."""

TURN_SECONDS = 0.5
"""A turn on a GPU stops adding calls when it would take longer."""


def serve(side: str, settings: tuple, connection) -> None:
    """Body of a worker process: build ``module:class``, then call the methods it is told, until None comes."""
    try:
        module, name = side.split(':')
        subject = getattr(importlib.import_module(module), name)(settings)
        connection.send((True, (subject.STEPS, subject.NOTE)))
        while message := connection.recv():
            method, *arguments = message
            connection.send((True, getattr(subject, method)(*arguments)))
    except Exception as error:  # a side may fail in any way: of memory, by its compiler; the others go on
        connection.send((False, one_line(error)))


class Worker:
    """A side in its process; one that starts processes itself is no ``daemon``.

    Once it has failed, ``failure`` says how, and it answers None.
    """

    def __init__(self, name: str, side: str, settings: tuple, daemon: bool = True):
        context = multiprocessing.get_context('spawn')
        self.name, self.failure = name, ''
        self._connection, remote = context.Pipe()
        self._process = context.Process(target=serve, args=(side, settings, remote), daemon=daemon)
        self._process.start()
        remote.close()
        self.steps, self.note = self._answer() or ({}, '')

    def ask(self, method: str, *arguments):
        """What the side's method returns; None where it has failed, now or before."""
        if self.failure:
            return None
        # Where the process has ended in the meantime, the answer says so.
        with contextlib.suppress(OSError):
            self._connection.send((method, *arguments))
        return self._answer()

    def close(self) -> None:
        """End the process."""
        if not self.failure:
            with contextlib.suppress(OSError):
                self._connection.send(None)
        self._process.join()

    def _answer(self):
        try:
            well, value = self._connection.recv()
        except (EOFError, OSError):
            self._process.join()
            well, value = False, f'the process ended with exit code {self._process.exitcode}'
        if well:
            return value
        self.failure = value
        print(f'{self.name}: {value}', file=sys.stderr, flush=True)
        return None


def take_turns(workers: list[Worker], step: str, repeats: int, calls: int, warm_up: int) -> dict:
    """Seconds a call of a step, ``repeats`` values of each side that has it; none of one that fails on the way.

    Each value is the mean of ``calls`` calls, or of as many as fit ``TURN_SECONDS``.
    """
    workers = [worker for worker in workers if step in worker.steps]
    counts = {}
    for worker in workers:
        worker.ask('seconds', worker.steps[step], warm_up)
        once = worker.ask('seconds', worker.steps[step], 1) if calls > 1 else None
        counts[worker.name] = max(1, min(calls, round(TURN_SECONDS / once))) if once else 1
    seconds = {worker.name: [] for worker in workers}
    for _ in range(repeats):
        for worker in workers:
            elapsed = worker.ask('seconds', worker.steps[step], counts[worker.name])
            if elapsed is not None:
                seconds[worker.name].append(elapsed)
    return {worker.name: [] if worker.failure else seconds[worker.name] for worker in workers}


def spread(values: list) -> dict:
    """Median and 20th and 80th percentile, as columns."""
    low, median, high = numpy.percentile(values, (20, 50, 80)).tolist()
    return {'median_s': round(median, 6), 'p20_s': round(low, 6), 'p80_s': round(high, 6)}


def one_line(error: Exception, length: int = 150) -> str:
    """Kind and message of an error, cut to a cell of a table."""
    return ' '.join(f'{type(error).__name__}: {error}'.split())[:length]
