"""A replay on other numbers gives what another call gives; what a tape cannot repeat is refused, or found."""
import threading

import numpy
import pytest

from kernels import recording
from kernels.bias_act import bias_act, bias_act_gradient
from kernels.convolution import convolve, weight_and_bias_gradient
from kernels.recording import Pool, Unrecordable
from kernels.runtime.onednn.engine import is_available
from kernels.runtime.threads import parallel


def replayed(function, random, *shapes):
    """Results of a replay and of a call on the same numbers, which are not those of the recording, and the pool."""
    places = [random.normal(size=shape).astype('f') for shape in shapes]
    out, pool = [numpy.zeros_like(array) for array in function(*places)], Pool()

    def work():
        for place, result in zip(out, function(*map(recording.traced, places))):
            recording.fixed(place)[...] = result

    tape = recording.record(work, pool)
    for place in places:
        place[...] = random.normal(size=place.shape)
    tape()
    return out, function(*places), pool


def check(function, random, *shapes):
    found, expected, pool = replayed(function, random, *shapes)
    for result, other in zip(found, expected, strict=True):
        assert result.tobytes() == numpy.asarray(other).tobytes()
    assert not pool.is_lent


def accumulated(x, y):
    total = numpy.zeros(x.shape, x.dtype)
    total += x
    total[1:] *= y[1:]
    total[:, 0] = 3
    numpy.maximum(total, 0, out=total)
    numpy.copyto(total[:1], y[:1])
    return total, total.T.copy()


def picked(x, y):
    order = (x > 0).astype(int)
    return x[order, numpy.arange(3)], numpy.where(x > y, x, y), y[:, ::-1] + x[..., None, 0]


def reduced(x, y):
    sums = numpy.sum(x, axis=0, keepdims=True), numpy.add.reduce(y), numpy.einsum('ij,ij->j', x, y)
    return (x.mean(), *sums, x.var(1), x.clip(-1, y.max()), numpy.vdot(x, y) / 2, 1 / numpy.sqrt(abs(x) + 1))


def joined(x, y):
    both = numpy.stack((x, numpy.ascontiguousarray(y.T).reshape(4, 3)))
    return numpy.concatenate((both[0], both[1]), 1), numpy.asarray(x, 'd') @ y.T.astype('d'), numpy.ones_like(x) + y


def divided(x, y):
    return x / y, numpy.full((4, 3), 2, 'f') * x, *map(numpy.negative, numpy.split(x, 2, axis=0))


@pytest.mark.parametrize('function', [accumulated, picked, reduced, joined, divided])
def test_numpy(function, random):
    check(function, random, (4, 3), (4, 3))


def test_blocks_on_all_cores(random):
    def function(x, y):
        out = numpy.empty_like(x)
        parallel(lambda i: numpy.multiply(x[i], y[i], out=out[i]), range(len(x)))
        return out - x,
    check(function, random, (5, 7), (5, 7))


@pytest.mark.skipif(not is_available(), reason='oneDNN does not load')
def test_kernels(random):
    def function(x, W, b):
        y = bias_act(convolve(x, W, None, 1, 1), b)
        gx, gb = bias_act_gradient(y, 2 * y, bias_dtype='f')
        return y, gb, *weight_and_bias_gradient(x, gx, (3, 3), 1, 1)
    check(function, random, (2, 3, 9, 8), (5, 3, 3, 3), (5,))


def test_what_is_drawn_is_drawn_again(random):
    source, twin = numpy.random.default_rng(0), numpy.random.default_rng(0)
    x, out = numpy.ones((2, 3), 'f'), numpy.zeros((2, 3))

    def work():
        normal, [uniform] = recording.drawn(lambda: (source.normal(size=(2, 3)), [source.random()]))
        recording.fixed(out)[...] = recording.traced(x) * normal + uniform
    tape = recording.record(work, Pool())
    for _ in range(2):
        numpy.testing.assert_array_equal(out, twin.normal(size=(2, 3)) + twin.random())
        tape()


def test_memory_is_lent_again(random):
    def function(x):
        for _ in range(50):
            x = numpy.cos(x)
        return x,
    _, _, pool = replayed(function, random, (1000, 1000))
    assert pool.nbytes < 4 * 1000 * 1000 * 5


def test_free_memory_is_joined():
    pool, holders = Pool(), []
    for _ in range(4):
        _, place = pool.borrow(1 << 22)
        holders.append(numpy.empty(1))
        pool.lend(place, holders[-1])
    taken = pool.nbytes
    assert pool.is_lent
    for number in (1, 3, 0, 2):
        holders[number] = None
    assert not pool.is_lent
    pool.borrow(1 << 24)
    assert pool.nbytes == taken


@pytest.mark.parametrize('read', [float, bool, numpy.linalg.svd, lambda x: x.tolist(), lambda x: x.item(0),
                                  lambda x: x.flat, lambda x: [0][x], numpy.modf, lambda x: numpy.array([x, x])])
def test_what_a_tape_cannot_repeat_is_refused(read):
    x = numpy.zeros((1, 1)) if read is numpy.linalg.svd else numpy.zeros((), int)
    with pytest.raises(Unrecordable):
        recording.record(lambda: read(recording.traced(x)), Pool())
    read(recording.traced(x))
    assert recording.active() is None and type(numpy.empty(1)) is numpy.ndarray


def test_an_array_that_outlives_the_recording_is_found():
    pool, kept = Pool(), []
    recording.record(lambda: kept.append(recording.traced(numpy.ones(3)) + 1), pool)
    assert pool.is_lent
    kept.clear()
    assert not pool.is_lent


def test_other_threads_are_not_recorded():
    made = []

    def work():
        thread = threading.Thread(target=lambda: made.append(numpy.zeros(3)))
        thread.start()
        thread.join()
    tape = recording.record(work, Pool())
    assert type(made[0]) is numpy.ndarray and not tape.calls


def test_one_recording_at_a_time():
    with pytest.raises(RuntimeError, match='another'):
        recording.record(lambda: recording.record(lambda: None, Pool()), Pool())
