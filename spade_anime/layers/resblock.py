"""Residual block of the discriminator."""
import chainer

from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand

SLOPE = 0.2


class ResBlock(chainer.Chain):
    """Pre-activation block ``conv2(act(norm2(conv1(act(norm1(x)))))) + conv0(act(norm0(x)))``.

    ``double_activation`` applies the leaky ReLU after norm1 twice, as the lineage did: its snapshots need it.
    """

    def __init__(self, in_channels: int, out_channels: int, spectral: bool, double_activation: bool):
        super().__init__()
        self.double_activation = double_activation
        with self.init_scope():
            self.norm1 = BatchNormalization(in_channels)
            self.conv1 = Convolution2D(in_channels, out_channels, 3, pad=1, spectral=spectral)
            self.norm2 = BatchNormalization(out_channels)
            self.conv2 = Convolution2D(out_channels, out_channels, 3, pad=1, spectral=spectral)
            self.norm0 = BatchNormalization(in_channels)
            self.conv0 = Convolution2D(in_channels, out_channels, 3, pad=1, spectral=spectral)

    def forward(self, x: Operand) -> chainer.Variable:
        """(B, in, H, W) to (B, out, H, W)."""
        # Leaky ReLU twice is leaky ReLU by the square of its slope.
        h = self.conv1(self.norm1(x, SLOPE ** 2 if self.double_activation else SLOPE))
        return self.conv2(self.norm2(h, SLOPE)) + self.conv0(self.norm0(x, SLOPE))
