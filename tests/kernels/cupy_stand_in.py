"""Stand-ins for CuPy and PyTorch that write down in one log what the kernel benchmark asks of the device.

A capture refuses to read the device, as the real ones do, and is then spoiled: its end raises too.
"""
import contextlib
from types import SimpleNamespace

import numpy

FILL_SECONDS = 90e-6


class Refused(RuntimeError):
    """What a capture does not allow."""


class Log(list):
    """What was asked for, in order; and whether a capture is on."""

    def __init__(self):
        super().__init__()
        self.capturing = self.spoiled = False

    def begin(self, entry):
        self.append(entry)
        self.capturing, self.spoiled = True, False

    def end(self, entry):
        self.append(entry)
        self.capturing = False
        if self.spoiled:
            raise Refused('the capture was invalidated')

    def read_device(self):
        """As ``float(array)`` does."""
        if self.capturing:
            self.spoiled = True
            raise Refused('a read\nby the host')
        self.append('read')

    def within(self, name):
        """A context that is written down."""
        @contextlib.contextmanager
        def context():
            self.append(f'+{name}')
            yield
            self.append(f'-{name}')
        return context()


class Stream:
    """A stream of CuPy's."""

    ptr = 4242

    def __init__(self, log, non_blocking):
        assert non_blocking
        self.log = log

    def __enter__(self):
        self.log.append('+stream')

    def __exit__(self, *_):
        self.log.append('-stream')

    def synchronize(self):
        assert not self.log.capturing
        self.log.append('synchronize')

    def begin_capture(self):
        self.log.begin('begin')

    def end_capture(self):
        self.log.end('end')
        return SimpleNamespace(launch=lambda stream: self.log.append('launch'))


def cupy(log, elapsed_ms=FILL_SECONDS * 1e3):
    """The module; events lie ``elapsed_ms`` apart."""
    def event():
        return SimpleNamespace(record=lambda stream: log.append('event'), synchronize=lambda: log.append('wait'))

    runtime = SimpleNamespace(getDeviceProperties=lambda _: {'name': b'a card'}, driverGetVersion=lambda: 13000)
    cuda = SimpleNamespace(
        runtime=runtime, Event=event, Device=lambda: SimpleNamespace(id=0, synchronize=lambda: None),
        Stream=lambda non_blocking: Stream(log, non_blocking), get_elapsed_time=lambda start, end: elapsed_ms,
        MemoryPool=lambda: SimpleNamespace(malloc='a pool of its own'),
        using_allocator=lambda malloc: log.within(malloc))
    flush = SimpleNamespace(fill=lambda value: log.append('fill'))
    return SimpleNamespace(cuda=cuda, uint8=numpy.uint8, empty=lambda size, dtype: flush)


def torch(log):
    """The module."""
    @contextlib.contextmanager
    def graph(_):
        log.begin('begin')
        try:
            yield
        finally:
            log.end('end')

    def replaying():
        return SimpleNamespace(replay=lambda: log.append('launch'))

    def compile(function, **options):
        log.append(('compile', options))
        return function

    cuda = SimpleNamespace(CUDAGraph=replaying, graph=graph, ExternalStream=lambda address: address,
                           stream=lambda address: log.within(f'torch {address}'))
    return SimpleNamespace(cuda=cuda, compile=compile,
                           compiler=SimpleNamespace(reset=lambda: log.append('reset')))
