"""The threads: order, errors, nesting, forks, and the environment variable."""
import multiprocessing
import os
import sys
import threading
import warnings

import numpy
import pytest

from kernels import _parallel


@pytest.fixture(params=[1, 2, 4])
def count(request, monkeypatch):
    """So many threads, in a pool of their own."""
    monkeypatch.setenv(_parallel.VARIABLE, str(request.param))
    _parallel.threads.cache_clear()
    _parallel._calls.cache_clear()
    yield request.param
    _parallel.threads.cache_clear()
    _parallel._calls.cache_clear()


@pytest.mark.parametrize('length', [0, 1, 2, 37])
def test_every_item_once(count, length):
    done = []
    _parallel.parallel(done.append, range(length))
    assert sorted(done) == list(range(length))


def test_error_is_raised_and_the_pool_lives_on(count):
    def fail(item):
        if item == 3:
            raise ValueError(f'item {item}')

    with pytest.raises(ValueError, match='item 3'):
        _parallel.parallel(fail, range(100))
    test_every_item_once(count, 5)


def test_one_item_runs_in_the_caller(count):
    where = []
    _parallel.parallel(lambda _: where.append(threading.get_ident()), [0])
    assert where == [threading.get_ident()]


def test_nested_calls_run_where_they_are_made(count):
    pairs = []

    def outer(_):
        here = threading.get_ident()
        _parallel.parallel(lambda _: pairs.append((here, threading.get_ident())), range(3))

    _parallel.parallel(outer, range(4))
    assert len(pairs) == 12
    assert all(outer == inner for outer, inner in pairs)


def test_scratch_is_reused_and_grows():
    first = _parallel.scratch('test', (4, 5), numpy.float32)
    second = _parallel.scratch('test', (2, 5), numpy.float64)
    assert numpy.shares_memory(first, second)
    assert second.shape == (2, 5) and second.dtype == numpy.float64
    assert _parallel.scratch('test', (100,), numpy.float32).shape == (100,)


def test_spans_cover_everything_once():
    for length in (1, 5, 8):
        for count in (0, 1, 3, 20):
            spans = _parallel.spans(length, count)
            assert [i for start, stop in spans for i in range(start, stop)] == list(range(length))
            assert len(spans) == max(1, min(length, count))


def test_portions(count):
    assert _parallel.portions(10, 1000, 500) == _parallel.spans(10, max(2, count))
    assert _parallel.portions(10, 100, 1000) == [(0, 10)]
    assert _parallel.portions(10, 10_000, 100) == [(i, i + 1) for i in range(10)]


@pytest.mark.parametrize('value', ['0', '-1', 'two', ''])
def test_environment_variable_has_to_be_a_number(monkeypatch, value):
    monkeypatch.setenv(_parallel.VARIABLE, value)
    _parallel.threads.cache_clear()
    with pytest.raises(ValueError, match=_parallel.VARIABLE):
        _parallel.threads()
    monkeypatch.undo()


def _sum_in_child(queue):
    done = []
    _parallel.parallel(done.append, range(20))
    queue.put((os.getpid(), sorted(done)))


@pytest.mark.skipif(sys.platform == 'win32', reason='no fork')
def test_forked_child_makes_its_own_pool(monkeypatch):
    monkeypatch.setattr(_parallel, 'threads', lambda: 2)
    _parallel.parallel(lambda item: None, range(4))
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
