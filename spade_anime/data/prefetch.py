"""Batches decoded ahead of their use, in worker processes."""
import contextlib
import multiprocessing
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeAlias

import chainer
import numpy
from chainer.iterators import SerialIterator, ShuffleOrderSampler
from chainer.serializers import DictionarySerializer, NpzDeserializer

from spade_anime.data.errors import DataError
from spade_anime.data.workers import prepare_worker

Position: TypeAlias = dict[str, Any]
"""Where an iterator is: arrays and numbers by name."""

_dataset: Any = None


class PrefetchIterator(chainer.dataset.Iterator):
    """Endless shuffled batches: lists of ``batch_size`` samples, the next ``ahead`` of them being decoded meanwhile.

    Epoch, position and order are Chainer's ``SerialIterator``'s over the samples' indices, so a run sees the same
    samples whatever the number of workers. With 0 workers ``next`` decodes; so it does, after a warning, once a worker
    was killed. A sample that fails to decode raises its own error there. ``epoch``, ``epoch_detail`` and
    ``is_new_epoch`` describe the last batch that was returned.

    ``part``: (rank, processes), if several processes take batches at the same time. All follow the order of one process
    with a batch as large as all of theirs, and each returns its own part: position and order are the same everywhere.

    ``serialize`` saves and loads the position after the last batch that was returned, whatever was decoded ahead of it.
    """

    def __init__(self, dataset: Any, batch_size: int, seed: int, workers: int = 1, ahead: int = 4,
                 part: tuple[int, int] = (0, 1)):
        rank, processes = part
        self._random = numpy.random.RandomState(seed)
        self._part = slice(rank * batch_size, (rank + 1) * batch_size)
        self._indices = SerialIterator(range(len(dataset)), processes * batch_size, repeat=True,
                                       order_sampler=ShuffleOrderSampler(self._random))
        self.dataset, self.batch_size = dataset, batch_size
        self._queue: deque[tuple[list[int], list[Future] | None, Position]] = deque()
        self._ahead = ahead if workers else 1
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context(), _start_worker,
                                         (dataset,)) if workers else None
        self.epoch, self.epoch_detail, self.is_new_epoch = 0, 0.0, False
        self._given = self._position()
        if workers:
            # Now, while the process has no other threads that could hold a lock during a fork.
            self._fill()

    def next(self) -> list[Any]:
        """Return the next batch, a list of samples."""
        self._fill()
        indices, pending, self._given = self._queue.popleft()
        batch = self._by_workers(_results, pending)
        self._update_epoch()
        return [self.dataset[index] for index in indices] if batch is None else batch

    __next__ = next

    @contextlib.contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Take several batches; if one cannot be read, the position to save is that before the first of them."""
        before = self._given
        try:
            yield
        except DataError:
            self._given = before
            raise

    def serialize(self, serializer: chainer.AbstractSerializer) -> None:
        """Save or load epoch, position, order of the samples, and the random state of the orders to come."""
        loading = isinstance(serializer, chainer.Deserializer)
        self._given = {name: serializer(name, None if loading else value) for name, value in self._given.items()}
        if loading:
            for _, pending, _ in self._queue:
                for sample in pending or ():
                    sample.cancel()
            self._queue.clear()
            self._return_to(self._given)
            self._update_epoch()

    def finalize(self) -> None:
        """End the worker processes."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def _fill(self) -> None:
        while len(self._queue) < self._ahead:
            indices = self._indices.next()[self._part]
            self._queue.append((indices, self._by_workers(_submitted, indices), self._position()))

    def _by_workers(self, work: Callable[[ProcessPoolExecutor, Any], list], of: Any) -> list | None:
        """What ``work(pool, of)`` returns; None where there are no workers, or no longer."""
        try:
            return work(self._pool, of) if self._pool else None
        except BrokenProcessPool:
            warnings.warn('a process that decodes images was killed: from now on images are decoded between the steps, '
                          'as with --workers 0', stacklevel=2)
            self.finalize()
            self._pool, self._ahead = None, 1
            return None

    def _position(self) -> Position:
        """Where the indices are: arrays by name."""
        saved = DictionarySerializer()
        self._indices.serialize(saved)
        random = self._random.get_state(legacy=False)['state']
        return saved.target | {'random_key': random['key'], 'random_position': numpy.asarray(random['pos'])}

    def _return_to(self, position: Position) -> None:
        # The iterator loads into the array of its order, which saved positions may share: reset() gives it a new one.
        self._indices.reset()
        self._indices.serialize(NpzDeserializer(position))
        self._random.set_state({'bit_generator': 'MT19937', 'state': {
            'key': position['random_key'], 'pos': int(position['random_position'])}})

    def _update_epoch(self) -> None:
        self.epoch, self.is_new_epoch = int(self._given['epoch']), bool(self._given['is_new_epoch'])
        self.epoch_detail = self.epoch + int(self._given['current_position']) / len(self.dataset)


def _start_worker(dataset: Any) -> None:
    """Prepare a new worker: it receives its data set once, not with every sample."""
    global _dataset
    _dataset = dataset
    prepare_worker()
    # Ctrl-C reaches all processes of a terminal; the parent first finishes its iteration, which needs batches.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _submitted(pool: ProcessPoolExecutor, indices: list[int]) -> list[Future]:
    return [pool.submit(_decode, index) for index in indices]


def _results(pool: ProcessPoolExecutor, pending: list[Future]) -> list:
    return [sample.result() for sample in pending]


def _decode(index: int) -> Any:
    return _dataset[index]
