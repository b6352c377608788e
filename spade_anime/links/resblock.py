"""Residual block of the discriminator."""
import chainer
import chainer.links as L

from spade_anime.functions.leaky_relu import leaky_relu
from spade_anime.links.convolution import Convolution2D


class ResBlock(chainer.Chain):
    """Pre-activation block ``conv2(act(norm2(conv1(act(norm1(x)))))) + conv0(act(norm0(x)))``.

    ``double_activation`` applies the leaky ReLU after norm1 twice, as the lineage did: its snapshots need it.
    """

    def __init__(self, in_channels: int, out_channels: int, spectral: bool, double_activation: bool):
        super().__init__()
        self.double_activation = double_activation
        with self.init_scope():
            self.norm1 = L.BatchNormalization(in_channels)
            self.conv1 = Convolution2D(in_channels, out_channels, 3, pad=1, spectral=spectral)
            self.norm2 = L.BatchNormalization(out_channels)
            self.conv2 = Convolution2D(out_channels, out_channels, 3, pad=1, spectral=spectral)
            self.norm0 = L.BatchNormalization(in_channels)
            self.conv0 = Convolution2D(in_channels, out_channels, 3, pad=1, spectral=spectral)

    def forward(self, x):
        """(B, in, H, W) to (B, out, H, W)."""
        h = leaky_relu(self.norm1(x))
        if self.double_activation:
            h = leaky_relu(h)
        h = self.conv2(leaky_relu(self.norm2(self.conv1(h))))
        return h + self.conv0(leaky_relu(self.norm0(x)))
