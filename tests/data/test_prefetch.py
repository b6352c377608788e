import numpy as np
import pytest
from chainer.serializers import DictionarySerializer, NpzDeserializer

from spade_anime.data.prefetch import PrefetchIterator


class Squares:
    def __len__(self):
        return 10

    def __getitem__(self, i):
        if i == 7 and self.broken:
            raise ValueError('sample 7 is broken')
        return i * i

    def __init__(self, broken=False):
        self.broken = broken


def batches(workers, count=8, seed=0):
    iterator = PrefetchIterator(Squares(), 3, seed, workers)
    try:
        return [(iterator.next(), iterator.epoch, iterator.is_new_epoch) for _ in range(count)]
    finally:
        iterator.finalize()


@pytest.mark.parametrize('workers', [1, 2])
def test_workers_change_nothing(workers):
    assert batches(workers) == batches(0)


def test_seed_changes_the_order():
    assert batches(0, seed=1) != batches(0, seed=2)


def test_every_sample_comes_once_an_epoch():
    seen = [sample for batch, _, _ in batches(0, count=10) for sample in batch]
    assert sorted(seen[:10]) == [i * i for i in range(10)]
    assert sorted(seen) == sorted([i * i for i in range(10)] * 3)


def test_epochs_are_those_of_the_batch_that_was_given():
    epochs = [epoch for _, epoch, _ in batches(2, count=7)]
    assert epochs == [0, 0, 0, 1, 1, 1, 2]


@pytest.mark.parametrize('workers', [0, 2])
def test_broken_sample_raises_its_own_error(workers):
    iterator = PrefetchIterator(Squares(broken=True), 5, 0, workers)
    try:
        with pytest.raises(ValueError, match='sample 7 is broken'):
            for _ in range(3):
                iterator.next()
    finally:
        iterator.finalize()


def test_memory_does_not_hold_the_set():
    class Big(Squares):
        def __len__(self):
            return 10_000

        def __getitem__(self, i):
            return np.zeros(1_000_000, np.uint8)
    iterator = PrefetchIterator(Big(), 2, 0, workers=1)
    try:
        for _ in range(10):
            iterator.next()
        assert len(iterator._queue) <= 4
    finally:
        iterator.finalize()


@pytest.mark.parametrize('workers', [0, 1])
def test_parts_of_processes_are_the_batches_of_one(workers):
    whole = PrefetchIterator(Squares(), 4, 0, 0)
    parts = [PrefetchIterator(Squares(), 2, 0, workers, part=(rank, 2)) for rank in range(2)]
    try:
        for _ in range(7):
            batch = whole.next()
            assert [sample for part in parts for sample in part.next()] == batch
            for part in parts:
                assert (part.epoch, part.epoch_detail, part.is_new_epoch) == (
                    whole.epoch, whole.epoch_detail, whole.is_new_epoch)
    finally:
        for part in parts:
            part.finalize()


def state_of(iterator):
    saved = DictionarySerializer()
    iterator.serialize(saved)
    return saved.target


@pytest.mark.parametrize('workers, later', [(0, 0), (2, 0), (0, 2), (2, 2)])
@pytest.mark.parametrize('given', [0, 1, 5])
def test_goes_on_behind_the_batch_given_last(workers, later, given):
    """Whatever was decoded ahead, and over the borders of epochs."""
    first, second = (PrefetchIterator(Squares(), 3, seed, count) for seed, count in ((0, workers), (7, later)))
    try:
        for _ in range(given):
            first.next()
        second.next()
        state = state_of(first)
        second.serialize(NpzDeserializer(state))
        assert (second.epoch, second.is_new_epoch, second.epoch_detail) == \
            (first.epoch, first.is_new_epoch, first.epoch_detail)
        expected = batches(0, count=given + 9)[given:]
        assert [(second.next(), second.epoch, second.is_new_epoch) for _ in range(9)] == expected
        # Saving changes nothing, and what was saved does not change later.
        assert [(first.next(), first.epoch, first.is_new_epoch) for _ in range(9)] == expected
        third = PrefetchIterator(Squares(), 3, 1, 0)
        third.serialize(NpzDeserializer(state))
        assert third.next() == expected[0][0]
    finally:
        first.finalize()
        second.finalize()


def test_state_does_not_depend_on_the_workers():
    states = []
    for workers in (0, 2):
        iterator = PrefetchIterator(Squares(), 3, 0, workers)
        try:
            for _ in range(4):
                iterator.next()
            states.append({name: array.tolist() for name, array in state_of(iterator).items()})
        finally:
            iterator.finalize()
    assert states[0] == states[1]


def test_a_killed_worker_costs_speed_and_no_batch():
    iterator = PrefetchIterator(Squares(), 3, 0, 2)
    try:
        seen = [iterator.next()]
        for process in list(iterator._pool._processes.values()):
            process.kill()
            process.join()
        with pytest.warns(UserWarning, match='decoded between the steps'):
            seen += [iterator.next() for _ in range(7)]
        assert seen == [batch for batch, _, _ in batches(0)]
    finally:
        iterator.finalize()
