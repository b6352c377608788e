"""The threads: order, errors, nesting, forks, and the environment variable."""
import multiprocessing
import os
import sys
import threading
import warnings

import numpy
import pytest

from kernels.runtime import threads


@pytest.fixture(params=[1, 2, 4])
def count(request, monkeypatch):
    """So many threads, in a pool of their own."""
    monkeypatch.setenv(threads.VARIABLE, str(request.param))
    threads.threads.cache_clear()
    threads._calls.cache_clear()
    yield request.param
    threads.threads.cache_clear()
    threads._calls.cache_clear()


@pytest.mark.parametrize('length', [0, 1, 2, 37])
def test_every_item_once(count, length):
    done = []
    threads.parallel(done.append, range(length))
    assert sorted(done) == list(range(length))


def test_error_is_raised_and_the_pool_lives_on(count):
    def fail(item):
        if item == 3:
            raise ValueError(f'item {item}')

    with pytest.raises(ValueError, match='item 3'):
        threads.parallel(fail, range(100))
    test_every_item_once(count, 5)


def test_one_item_runs_in_the_caller(count):
    where = []
    threads.parallel(lambda _: where.append(threading.get_ident()), [0])
    assert where == [threading.get_ident()]


def test_nested_calls_run_where_they_are_made(count):
    pairs = []

    def outer(_):
        here = threading.get_ident()
        threads.parallel(lambda _: pairs.append((here, threading.get_ident())), range(3))

    threads.parallel(outer, range(4))
    assert len(pairs) == 12
    assert all(outer == inner for outer, inner in pairs)


def test_scratch_is_reused_and_grows():
    first = threads.scratch('test', (4, 5), numpy.float32)
    second = threads.scratch('test', (2, 5), numpy.float64)
    assert numpy.shares_memory(first, second)
    assert second.shape == (2, 5) and second.dtype == numpy.float64
    assert threads.scratch('test', (100,), numpy.float32).shape == (100,)


def test_spans_cover_everything_once():
    for length in (1, 5, 8):
        for count in (0, 1, 3, 20):
            spans = threads.spans(length, count)
            assert [i for start, stop in spans for i in range(start, stop)] == list(range(length))
            assert len(spans) == max(1, min(length, count))


def test_portions(count):
    assert threads.portions(10, 1000, 500) == threads.spans(10, max(2, count))
    assert threads.portions(10, 100, 1000) == [(0, 10)]
    assert threads.portions(10, 10_000, 100) == [(i, i + 1) for i in range(10)]


@pytest.mark.parametrize('value', ['0', '-1', 'two', ''])
def test_environment_variable_has_to_be_a_number(monkeypatch, value):
    monkeypatch.setenv(threads.VARIABLE, value)
    threads.threads.cache_clear()
    with pytest.raises(ValueError, match=threads.VARIABLE):
        threads.threads()
    monkeypatch.undo()


def _sum_in_child(queue):
    done = []
    threads.parallel(done.append, range(20))
    queue.put((os.getpid(), sorted(done)))


@pytest.mark.skipif(sys.platform == 'win32', reason='no fork')
def test_forked_child_makes_its_own_pool(monkeypatch):
    monkeypatch.setattr(threads, 'threads', lambda: 2)
    threads.parallel(lambda item: None, range(4))
    context = multiprocessing.get_context('fork')
    queue = context.Queue()
    child = context.Process(target=_sum_in_child, args=(queue,))
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        child.start()
    pid, done = queue.get(timeout=30)
    child.join(30)
    assert pid != os.getpid() and done == list(range(20))
    assert child.exitcode == 0
