"""Layers that double the size of a feature map and change its channels."""
import chainer
from chainer.initializer import Initializer

from spade_anime.choices import DOUBLING_MODES
from spade_anime.functions.resize import resize
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D
from spade_anime.types import Operand


class ResizeConvolution(chainer.Chain):
    """Nearest neighbours, then a 3x3 convolution: (B, in, H, W) to (B, out, 2H, 2W).

    It leaves no checkerboard, as every output pixel sees as many weights (Odena et al. 2016,
    https://distill.pub/2016/deconv-checkerboard).
    """

    def __init__(self, in_channels: int, out_channels: int, initial_weight: Initializer | None = None):
        super().__init__()
        with self.init_scope():
            self.conv = Convolution2D(in_channels, out_channels, 3, pad=1, initial_weight=initial_weight)

    def forward(self, x: Operand) -> chainer.Variable:
        height, width = x.shape[2:]
        return self.conv(resize(x, (2 * height, 2 * width), 'nearest'))


def doubling(mode: str, in_channels: int, out_channels: int, ksize: int,
             initial_weight: Initializer | None = None) -> chainer.Link:
    """The layer of one of ``DOUBLING_MODES``; ``ksize`` is that of a deconvolution, 4 or 5."""
    if mode == 'resize':
        return ResizeConvolution(in_channels, out_channels, initial_weight)
    if mode == 'deconv':
        return Deconvolution2D(in_channels, out_channels, ksize, initial_weight=initial_weight)
    raise ValueError(f'doubling mode {mode!r} is not one of {", ".join(DOUBLING_MODES)}')
