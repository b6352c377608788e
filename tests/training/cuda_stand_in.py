"""A stand-in for ``CUDAGraphs``: arrays on the host that refuse, during a capture, what CuPy refuses.

A capture does nothing, so the arrays are put back after it; a replay does what was captured, and what that did on the
host, which a graph would not, is taken back.
"""
import contextlib
from collections.abc import Callable
from unittest import mock

import chainer
import numpy


class Refused(RuntimeError):
    """Something that a stream under capture does not allow."""


class DeviceArray(numpy.ndarray):
    """An array whose values the host may not ask for while ``capturing``."""

    capturing = False

    def _refuse(self, *_):
        if DeviceArray.capturing:
            raise Refused('values of the device are read by the host')

    def __float__(self):
        self._refuse()
        return float(self.view(numpy.ndarray))

    def __bool__(self):
        self._refuse()
        return bool(self.view(numpy.ndarray))

    def item(self, *args):
        self._refuse()
        return self.view(numpy.ndarray).item(*args)

    def tolist(self):
        self._refuse()
        return self.view(numpy.ndarray).tolist()


def on_device(array) -> DeviceArray:
    """The same memory, guarded."""
    return array.view(DeviceArray)


class StandIn:
    """A step may change what is here.

    Args:
        arrays: function that lists what lives on the device.
        host: function that saves what Python keeps of a step, and returns two functions that put it back: what would be
            on the device if there were one, and the rest.
    """

    def __init__(self, arrays: Callable, host: Callable = lambda: (lambda: None, lambda: None)):
        self.arrays, self.host = arrays, host
        self.log = []

    @contextlib.contextmanager
    def running(self):
        with mock.patch.object(chainer.FunctionNode, 'apply', _guarded(chainer.FunctionNode.apply)):
            yield

    def capture(self, step):
        self.log.append('capture')
        before = [array.copy() for array in self.arrays()]
        forget_device, as_recorded = self.host()
        DeviceArray.capturing = True
        try:
            step()
        finally:
            DeviceArray.capturing = False
        for array, values in zip(self.arrays(), before):
            array[...] = values
        forget_device()

        def replay():
            self.log.append('replay')
            _, as_now = self.host()
            as_recorded()
            step()
            as_now()
        return replay

    def empty(self, shape, dtype):
        return on_device(numpy.full(shape, numpy.nan, dtype))

    def zeros(self, shape, dtype):
        return on_device(numpy.zeros(shape, dtype))

    def pinned(self, shape, dtype):
        return numpy.full(shape, numpy.nan, dtype)

    def copy_in(self, target, source):
        if DeviceArray.capturing:
            raise Refused('a copy from the host')
        target[...] = source

    def read(self, array):
        if DeviceArray.capturing:
            raise Refused('a copy to the host')
        return numpy.array(array)

    def mark(self):
        log = self.log
        number = sum(entry == 'mark' for entry in log)
        log.append('mark')

        class Mark:
            def synchronize(self):
                log.append(f'wait for {number}')
        return Mark()


def _guarded(apply):
    def guarded(self, inputs):
        outputs = apply(self, inputs)
        for output in outputs:
            if output.array is not None:
                output.array = on_device(output.array)
        return outputs
    return guarded
