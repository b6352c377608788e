"""The network that labels drawings: which class of a label map does each pixel have?"""
import chainer
import chainer.functions as F
import numpy
from chainer.initializers import HeNormal

from spade_anime.functions.resize import resize
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand

WIDTHS = 16, 32, 64, 96, 128
"""Channels at full size, at half of it, and so on."""


class Stage(chainer.Chain):
    """Two 3x3 convolutions, batch normalisation and leaky ReLU after each; the first may halve the size."""

    def __init__(self, inputs: int, outputs: int, stride: int, initial: HeNormal):
        super().__init__()
        with self.init_scope():
            self.conv1 = Convolution2D(inputs, outputs, 3, stride, 1, nobias=True, initial_weight=initial)
            self.norm1 = BatchNormalization(outputs)
            self.conv2 = Convolution2D(outputs, outputs, 3, 1, 1, nobias=True, initial_weight=initial)
            self.norm2 = BatchNormalization(outputs)

    def forward(self, x: Operand) -> chainer.Variable:
        return self.norm2(self.conv2(self.norm1(self.conv1(x))))


class LabellingNetwork(chainer.Chain):
    """Logits (B, classes, S, S) of images (B, 3, S, S) in [-1, 1]; S is a multiple of 16.

    A U-Net (Ronneberger et al. 2015, arXiv:1505.04597): stages that halve the size four times, and stages back up that
    see the maps of the same size from the way down beside those enlarged from below; a 1x1 convolution at the end.
    """

    def __init__(self, classes: int, seed: int = 0):
        super().__init__()
        initial = HeNormal(rng=numpy.random.RandomState(seed))
        pairs = list(zip(WIDTHS, WIDTHS[1:]))
        with self.init_scope():
            self.stem = Stage(3, WIDTHS[0], 1, initial)
            self.down = chainer.ChainList(*(Stage(above, below, 2, initial) for above, below in pairs))
            self.up = chainer.ChainList(*(Stage(above + below, above, 1, initial) for above, below in reversed(pairs)))
            self.head = Convolution2D(WIDTHS[0], classes, 1, initial_weight=initial)

    def forward(self, images: Operand) -> chainer.Variable:
        seen = [self.stem(images)]
        for stage in self.down:
            seen.append(stage(seen[-1]))
        h = seen.pop()
        for stage in self.up:
            beside = seen.pop()
            h = stage(F.concat((beside, resize(h, beside.shape[2:], 'bilinear', False))))
        return self.head(h)
