"""The four ways to double the size of a feature map."""
import chainer

from spade_anime.choices import UPSAMPLING_MODES
from spade_anime.functions.convolution import convolution_2d
from spade_anime.functions.pixel_shuffle import pixel_shuffle
from spade_anime.functions.resize import resize
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D
from spade_anime.types import Operand


class Interpolation(chainer.Link):
    """Bilinear or nearest interpolation, without parameters."""

    def __init__(self, mode: str, align_corners: bool):
        super().__init__()
        self.mode, self.align_corners = mode, align_corners

    def forward(self, x: Operand) -> chainer.Variable:
        height, width = x.shape[2:]
        return resize(x, (2 * height, 2 * width), self.mode, self.align_corners)


class SubPixelConvolution(chainer.Chain):
    """Convolution to four times the channels, then depth to space (Shi et al. 2016, arXiv:1609.05158)."""

    def __init__(self, channels: int, spectral: bool):
        super().__init__()
        with self.init_scope():
            self.conv = Convolution2D(channels, 4 * channels, 3, pad=1, spectral=spectral)

    def forward(self, x: Operand) -> chainer.Variable:
        # The bias goes in where the pixels are moved anyway.
        return pixel_shuffle(convolution_2d(x, self.conv.weight(), pad=1), self.conv.b)


def upsampling(mode: str, channels: int, align_corners: bool, spectral: bool) -> chainer.Link:
    """Link that takes (B, channels, H, W) to (B, channels, 2H, 2W) by one of ``UPSAMPLING_MODES``."""
    if mode in ('bilinear', 'nearest'):
        return Interpolation(mode, align_corners)
    if mode == 'deconv':
        return Deconvolution2D(channels, channels, spectral=spectral)
    if mode == 'subpx_conv':
        return SubPixelConvolution(channels, spectral)
    raise ValueError(f'upsampling mode {mode!r} is not one of {", ".join(UPSAMPLING_MODES)}')
