"""What the kernels that walk channels refuse."""
import numpy
import pytest

from kernels.bias_act import bias_act
from kernels.runtime import channels


def test_channels_of_more_than_31_bits_are_refused():
    # A view of one number, of that many.
    x = numpy.broadcast_to(numpy.float32(0), (1 << 15, 1, 1 << 8, 1 << 8))
    with pytest.raises(ValueError, match='is too large; a channel may have 2147483647 elements'):
        channels.Channels.of('bias_act', x)


def test_arrays_on_two_devices_are_refused(monkeypatch):
    x, b = numpy.zeros((1, 2, 3, 4), 'f'), numpy.zeros(2, 'f')
    monkeypatch.setattr(channels, 'array_module', lambda array: 'NumPy' if array is x else 'another')
    with pytest.raises(TypeError, match='bias_act: x and b are on different devices'):
        bias_act(x, b)
