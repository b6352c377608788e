"""How the kernel benchmark times on a device, against stand-ins that write down what is asked of it."""
import sys
import time

import cupy_stand_in
import pytest
from cupy_stand_in import FILL_SECONDS, Log

from kernels.benchmarking import machines


@pytest.fixture
def log(monkeypatch):
    """What is asked of CuPy and PyTorch."""
    log = Log()
    monkeypatch.setitem(sys.modules, 'cupy', cupy_stand_in.cupy(log))
    monkeypatch.setitem(sys.modules, 'torch', cupy_stand_in.torch(log))
    return log


@pytest.fixture
def gpu(log):
    machine = machines.Gpu()
    del log[:]
    return machine


def test_a_side_is_captured_once_and_replayed(gpu, log):
    prepared = gpu.prepare(lambda: log.append('run'))
    assert prepared.timed == 'graph' and not prepared.reason
    assert log == ['+stream', '+a pool of its own', 'run', 'run', 'synchronize', 'begin', 'run', 'end', 'launch',
                   'synchronize', '-a pool of its own', '-stream']
    del log[:]
    assert gpu.seconds(prepared) == FILL_SECONDS
    # Between the events one call queues all of the work, behind an emptied cache.
    assert log == ['+stream', 'fill', '-stream', 'event', '+stream', 'launch', '-stream', 'event', 'wait']


def test_pytorchs_side_is_captured_by_pytorch_and_replayed_on_the_same_stream(gpu, log):
    prepared = gpu.prepare(lambda: log.append('run'), by_torch=True)
    assert prepared.timed == 'graph'
    assert log[:2] == ['+torch 4242', '+a pool of its own'] and log.count('run') == 3
    assert log[log.index('begin'):log.index('end')] == ['begin', 'run']
    del log[:]
    gpu.seconds(prepared)
    assert log == ['+stream', 'fill', '-stream', 'event', '+torch 4242', 'launch', '-torch 4242', 'event', 'wait']


@pytest.mark.parametrize('by_torch', [False, True])
def test_what_cannot_be_captured_is_timed_behind_a_queue(gpu, log, monkeypatch, by_torch):
    def run():
        log.read_device()
        clock[0] += 300e-6

    clock = [0.0]
    monkeypatch.setattr(time, 'perf_counter', lambda: clock[0])
    prepared = gpu.prepare(run, by_torch)
    assert prepared.timed == 'queue'
    assert 'Refused' in prepared.reason and '\n' not in prepared.reason
    assert not log.capturing
    del log[:]
    gpu.seconds(prepared)
    # Python takes 300 us; emptying the cache keeps the device busy for 90.
    assert log.count('fill') * FILL_SECONDS > 2 * 300e-6
    assert log[log.index('event'):] == ['event', log[-5], 'read', log[-3], 'event', 'wait']


def test_the_garbage_collector_rests_during_a_capture(gpu, log):
    import gc
    enabled = []
    gpu.prepare(lambda: enabled.append(gc.isenabled()))
    assert enabled == [True, True, False] and gc.isenabled()


def test_a_side_that_fails_outside_a_capture_raises(gpu):
    def run():
        raise ValueError('broken')

    with pytest.raises(ValueError, match='broken'):
        gpu.prepare(run)


def test_the_cpu_is_timed_by_the_clock():
    calls = []
    machine = machines.Cpu()
    prepared = machine.prepare(lambda: calls.append(1))
    assert prepared.timed == 'clock' and len(calls) == machines.WARM_UPS
    assert machine.seconds(prepared) >= 0 and len(calls) == machines.WARM_UPS + 1
