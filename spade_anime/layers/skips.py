"""Output skips: the feature maps of every size add their colours to the image."""
from collections.abc import Sequence

import chainer
from chainer.initializer import Initializer

from spade_anime.functions.resize import resize
from spade_anime.layers.convolution import Convolution2D
from spade_anime.types import Operand


class OutputSkips(chainer.ChainList):
    """A 1x1 convolution to colours for each size of a generator; the colours of all sizes are summed.

    Small maps then decide large areas at once, and large ones draw lines over them (Karras et al. 2020,
    arXiv:1912.04958, section 4.1).

    Args:
        widths: channels of the feature maps, from the smallest maps to those of the image's size.
    """

    def __init__(self, widths: Sequence[int], initial_weight: Initializer | None = None):
        super().__init__(*(Convolution2D(width, 3, 1, initial_weight=initial_weight) for width in widths))

    def added(self, image: chainer.Variable | None, level: int, h: Operand) -> chainer.Variable:
        """The sum so far, (B, 3, H/2, W/2), enlarged, and the colours of maps h (B, widths[level], H, W)."""
        colors = self[level](h)
        return colors if image is None else resize(image, colors.shape[2:]) + colors
