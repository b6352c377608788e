"""Layers that double the size of a feature map."""
import numpy
import pytest

from spade_anime.choices import DOUBLING_MODES
from spade_anime.layers.doubling import doubling


@pytest.mark.parametrize('mode', [*DOUBLING_MODES, 'bilinear'])
def test_twice_the_size_in_other_channels(mode, random):
    x = random.standard_normal((2, 3, 5, 7)).astype(numpy.float32)
    assert doubling(mode, 3, 4, 5)(x).shape == (2, 4, 10, 14)


def test_resizing_leaves_no_checkerboard():
    """A flat map stays flat inside: a deconvolution of 5x5 weighs its pixels by 9, 6, 6 and 4 weights."""
    flat = numpy.ones((1, 3, 6, 6), numpy.float32)
    spread = {mode: numpy.ptp(doubling(mode, 3, 1, 5)(flat).array[..., 4:-4, 4:-4])
              for mode in (*DOUBLING_MODES, 'bilinear')}
    assert max(spread['resize'], spread['bilinear']) < 1e-6 < 1e-2 < spread['deconv']


def test_another_mode_is_refused():
    with pytest.raises(ValueError, match="'cubic' is not one of deconv, resize, bilinear"):
        doubling('cubic', 3, 4, 5)
