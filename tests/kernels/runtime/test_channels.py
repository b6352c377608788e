"""What the kernels that walk channels refuse."""
import numpy
import pytest

from kernels.runtime import channels


def test_channels_of_more_than_31_bits_are_refused():
    # A view of one number, of that many.
    x = numpy.broadcast_to(numpy.float32(0), (1 << 15, 1, 1 << 8, 1 << 8))
    with pytest.raises(ValueError, match='is too large; a channel may have 2147483647 elements'):
        channels.Channels('bias_act', x)
