"""Layers that double the size of a feature map and change its channels."""
import chainer
from chainer.initializer import Initializer

from spade_anime.choices import DOUBLING_MODES
from spade_anime.functions.resize import resize
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D
from spade_anime.types import Operand

RESIZING = {'resize': 'nearest', 'bilinear': 'bilinear'}
"""Mode of resizing in front of the convolution, by doubling mode."""


class ResizeConvolution(chainer.Chain):
    """Resizing, then a 3x3 convolution: (B, in, H, W) to (B, out, 2H, 2W).

    It leaves no checkerboard, as every output pixel sees as many weights (Odena et al. 2016,
    https://distill.pub/2016/deconv-checkerboard). Nearest neighbours still leave their squares, bilinear resizing does
    not, but a generator of nothing else is slow to learn shapes.
    """

    def __init__(self, mode: str, in_channels: int, out_channels: int, initial_weight: Initializer | None = None):
        super().__init__()
        self.mode = mode
        with self.init_scope():
            self.conv = Convolution2D(in_channels, out_channels, 3, pad=1, initial_weight=initial_weight)

    def forward(self, x: Operand) -> chainer.Variable:
        height, width = x.shape[2:]
        return self.conv(resize(x, (2 * height, 2 * width), self.mode))


def doubling(mode: str, in_channels: int, out_channels: int, ksize: int,
             initial_weight: Initializer | None = None) -> chainer.Link:
    """The layer of one of ``DOUBLING_MODES`` or 'bilinear'; ``ksize`` is that of a deconvolution, 4 or 5."""
    if mode in RESIZING:
        return ResizeConvolution(RESIZING[mode], in_channels, out_channels, initial_weight)
    if mode == 'deconv':
        return Deconvolution2D(in_channels, out_channels, ksize, initial_weight=initial_weight)
    raise ValueError(f'doubling mode {mode!r} is not one of {", ".join(DOUBLING_MODES)}, bilinear')
