"""Batches decoded ahead of their use, in worker processes."""
import multiprocessing
from collections import deque
from concurrent.futures import ProcessPoolExecutor

import chainer
import cv2
import numpy
from chainer.iterators import SerialIterator, ShuffleOrderSampler

_dataset = None


class PrefetchIterator(chainer.dataset.Iterator):
    """Endless shuffled batches: lists of ``batch_size`` samples, the next ``ahead`` of them being decoded meanwhile.

    Epoch, position and order are Chainer's ``SerialIterator``'s over the samples' indices, so a run sees the same
    samples whatever the number of workers; 0 workers decode in ``next``. A sample that fails to decode raises its
    own error there. ``epoch``, ``epoch_detail`` and ``is_new_epoch`` tell of the batch given last.
    """

    def __init__(self, dataset, batch_size: int, seed: int, workers: int = 1, ahead: int = 4):
        self._indices = SerialIterator(range(len(dataset)), batch_size, repeat=True,
                                       order_sampler=ShuffleOrderSampler(numpy.random.RandomState(seed)))
        self.dataset, self.batch_size = dataset, batch_size
        self._queue, self._ahead = deque(), ahead if workers else 1
        self._pool = ProcessPoolExecutor(workers, multiprocessing.get_context(), _keep_dataset,
                                         (dataset,)) if workers else None
        self.epoch, self.epoch_detail, self.is_new_epoch = 0, 0.0, False
        if workers:
            # Now, while the process has no other threads that a fork could catch holding a lock.
            self._fill()

    def next(self) -> list:
        """Return the next batch, a list of samples."""
        self._fill()
        pending, position = self._queue.popleft()
        batch = [sample.result() if self._pool else self.dataset[sample] for sample in pending]
        self.epoch, self.epoch_detail, self.is_new_epoch = position
        return batch

    __next__ = next

    def finalize(self) -> None:
        """End the worker processes."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def _fill(self):
        while len(self._queue) < self._ahead:
            indices = self._indices.next()
            pending = [self._pool.submit(_decode, index) for index in indices] if self._pool else indices
            position = self._indices.epoch, self._indices.epoch_detail, self._indices.is_new_epoch
            self._queue.append((pending, position))


def _keep_dataset(dataset):
    """Give a new worker its data set once, instead of with every sample."""
    global _dataset
    _dataset = dataset
    # One process decodes one image at a time: threads under it would only take cores from the training.
    cv2.setNumThreads(1)


def _decode(index):
    return _dataset[index]
