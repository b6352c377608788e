"""Segmentation discriminator (OASIS, Sushko et al. 2021, arXiv:2012.04781): every pixel's class, or 'painted'."""
import chainer
import chainer.functions as F
import numpy

from spade_anime.functions.leaky_relu import leaky_relu
from spade_anime.functions.resize import resize
from spade_anime.layers.blocks import from_blocks, to_blocks
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.spectral import SpectralChain
from spade_anime.types import Array, Operand

WIDTHS = (1, 2, 4, 8, 8)
"""Channels of each level of the U-Net, in units of ndf."""


class _Residual(chainer.Chain):
    """``conv2(act(conv1(act(x)))) + conv0(x)``."""

    def __init__(self, in_channels: int, out_channels: int, spectral: bool):
        super().__init__()
        with self.init_scope():
            self.conv1 = Convolution2D(in_channels, out_channels, 3, pad=1, spectral=spectral)
            self.conv2 = Convolution2D(out_channels, out_channels, 3, pad=1, spectral=spectral)
            self.conv0 = Convolution2D(in_channels, out_channels, 1, nobias=True, spectral=spectral)

    def forward(self, x: Operand) -> chainer.Variable:
        return self.conv2(leaky_relu(self.conv1.activated(leaky_relu(x)))) + self.conv0(x)


class SegmentationDiscriminator(SpectralChain):
    """U-Net that gives logits (B, classes + 2, S, S) of an image (B, 3, S, S): the classes, background, painted.

    It reads the image alone: what was asked for is what it is to find.
    """

    def __init__(self, ndf: int = 64, class_num: int = 4, spectral: bool = True, block: int = 1):
        super().__init__()
        self.block = block
        widths = [ndf * width for width in WIDTHS]
        with self.init_scope():
            self.first = Convolution2D(3 * block ** 2, widths[0], 3, pad=1, spectral=spectral)
            self.down = chainer.ChainList(*(_Residual(a, b, spectral) for a, b in zip(widths, widths[1:])))
            self.up = chainer.ChainList(*(_Residual(a + b, b, spectral)
                                          for a, b in zip(widths[:0:-1], widths[-2::-1])))
            self.to_logits = Convolution2D(widths[0], (class_num + 2) * block ** 2, 1, spectral=False)

    def forward(self, image: Operand, *condition: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        features = [self.first(to_blocks(image, self.block))]
        for block in self.down:
            features.append(block(_halved(features[-1])))
        h = features.pop()
        kept = [h]
        for block in self.up:
            beside = features.pop()
            h = block(F.concat((resize(h, beside.shape[2:], 'nearest'), beside)))
            kept.append(h)
        return from_blocks(self.to_logits(leaky_relu(h)), self.block), kept


def _halved(x: Operand) -> chainer.Variable:
    height, width = x.shape[2:]
    return resize(x, (height // 2, width // 2), 'area')


def classes_of(label: Array) -> Array:
    """Classes int32 (B, H, W) of labels (B, C, H, W): C where no channel is on, the background."""
    xp = chainer.backend.get_array_module(label)
    return xp.where(label.max(axis=1) > 0.5, label.argmax(axis=1), label.shape[1]).astype(numpy.int32)


def class_weights(classes: Array, count: int) -> Array:
    """Weights (count,) that give each class of a batch the same say: all pixels / (their number x classes seen)."""
    xp = chainer.backend.get_array_module(classes)
    pixels = xp.bincount(classes.ravel(), minlength=count).astype(numpy.float32)
    seen = (pixels > 0).sum()
    return (classes.size / (xp.maximum(pixels, 1) * seen) * (pixels > 0)).astype(numpy.float32)


def class_error(logits: Operand, classes: Array) -> chainer.Variable:
    """Cross entropy of every pixel's class, each class with the same say (equation 3)."""
    weights = class_weights(classes, logits.shape[1])
    return F.softmax_cross_entropy(logits, classes, class_weight=weights, enable_double_backprop=False)


def painted_error(logits: Operand) -> chainer.Variable:
    """Cross entropy of every pixel with the class 'painted'."""
    xp = chainer.backend.get_array_module(logits)
    batch, count, height, width = logits.shape
    return F.softmax_cross_entropy(logits, xp.full((batch, height, width), count - 1, numpy.int32))
