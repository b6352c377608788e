"""SPADE normalisation and its residual block (Park et al. 2019, arXiv:1903.07291)."""
from collections.abc import Sequence

import chainer
import chainer.functions as F
import numpy

from kernels.runtime.across import ALONE, Across
from spade_anime.functions.batch_norm_act import DECAY
from spade_anime.functions.convolution import convolution_2d_shared
from spade_anime.functions.spade_norm import Noise, spade_norm
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand


class SpadeNormalization(chainer.Chain):
    """Noise, batch normalisation modulated pixel by pixel, leaky ReLU.

    ``gamma`` and ``beta`` are 3x3 convolutions of the mapped condition; their weights live here, and
    ``modulations`` applies those of several layers at once. ``across``: the processes over which a training batch is
    spread, as ``spade_norm`` takes it. ``decay``: of the running statistics.
    """

    across: Across = ALONE
    decay: float = DECAY

    def __init__(self, channels: int, hidden: int):
        super().__init__()
        with self.init_scope():
            self.gamma = Convolution2D(hidden, channels, 3, pad=1)
            self.beta = Convolution2D(hidden, channels, 3, pad=1)
            self.noise_weight = chainer.Parameter(0, (1, channels, 1, 1))
        self.avg_mean = numpy.zeros(channels, numpy.float32)
        self.avg_var = numpy.ones(channels, numpy.float32)
        self.register_persistent('avg_mean')
        self.register_persistent('avg_var')

    def forward(self, x: Operand, modulation: tuple, noise: Noise) -> chainer.Variable:
        """``x`` (B, C, H, W), ``modulation`` the pair gamma, beta of its shape, ``noise`` (B, 1, H, W)."""
        gamma, beta = modulation
        return spade_norm(x, gamma, beta, self.noise_weight, noise,
                          running_mean=self.avg_mean, running_var=self.avg_var, decay=self.decay, across=self.across)


def modulations(mapped: Operand, layers: list) -> list:
    """Gamma and beta of every layer in ``layers`` from one mapped condition (B, hidden, H, W), in one pass."""
    convolutions = [convolution for layer in layers for convolution in (layer.gamma, layer.beta)]
    outputs = convolution_2d_shared(mapped, [c.W for c in convolutions], [c.b for c in convolutions], pad=1)
    return list(zip(outputs[::2], outputs[1::2]))


class SpadeResBlock(chainer.Chain):
    """``conv2(norm2(conv1(norm1(x)))) + shortcut(x)``; norm1 may read a second condition, the colour.

    The shortcut is ``conv0(norm0(x))`` where the number of channels changes, else x itself.
    """

    def __init__(self, in_channels: int, out_channels: int, hidden: int, spectral: bool):
        super().__init__()
        with self.init_scope():
            self.norm1 = SpadeNormalization(in_channels, hidden)
            self.conv1 = Convolution2D(in_channels, out_channels, 3, pad=1, spectral=spectral)
            self.norm2 = SpadeNormalization(out_channels, hidden)
            self.conv2 = Convolution2D(out_channels, out_channels, 3, pad=1, spectral=spectral)
            if in_channels != out_channels:
                self.norm0 = SpadeNormalization(in_channels, hidden)
                self.conv0 = Convolution2D(in_channels, out_channels, 1, nobias=True, spectral=spectral)
        self.has_shortcut = in_channels != out_channels

    def noise_count(self) -> int:
        """How many noise maps a forward pass takes."""
        return 3 if self.has_shortcut else 2

    def forward(self, x: Operand, label_map: Operand, color_map: Operand | None,
                noises: Sequence[Noise]) -> chainer.Variable:
        """``x`` (B, in, H, W); maps (B, hidden, H, W), ``color_map`` None where the label drives norm1 too."""
        by_label = ['norm2'] + ['norm0'] * self.has_shortcut + ['norm1'] * (color_map is None)
        pairs = dict(zip(by_label, modulations(label_map, [self[name] for name in by_label])))
        if color_map is not None:
            pairs['norm1'], = modulations(color_map, [self.norm1])
        h = self.conv1(self.norm1(x, pairs['norm1'], noises[0]))
        h = self.conv2(self.norm2(h, pairs['norm2'], noises[1]))
        if self.has_shortcut:
            x = self.conv0(self.norm0(x, pairs['norm0'], noises[2]))
        return h + x


class MappingNetwork(chainer.Chain):
    """Constant-resolution FCN: four 3x3 convolutions, dilated 1, 1, 2, 4, of a condition at full resolution."""

    def __init__(self, in_channels: int, hidden: int, aspp: chainer.Link | None = None):
        super().__init__()
        with self.init_scope():
            self.conv1 = Convolution2D(in_channels, hidden // 8, 3, pad=1)
            self.conv2 = Convolution2D(hidden // 8, hidden // 4, 3, pad=1)
            self.conv3 = Convolution2D(hidden // 4, hidden // 2, 3, pad=2, dilate=2)
            self.conv4 = Convolution2D(hidden // 2, hidden, 3, pad=4, dilate=4)
            self.aspp = aspp

    def forward(self, condition: Operand) -> chainer.Variable:
        """(B, in, H, W) to (B, hidden, H, W)."""
        h = condition
        for convolution in (self.conv1, self.conv2, self.conv3, self.conv4):
            h = convolution.activated(h)
        return h if self.aspp is None else self.aspp(h)


class ASPP(chainer.Chain):
    """Atrous spatial pyramid pooling (Chen et al. 2017, arXiv:1706.05587) without its image-level branch.

    A 1x1 and three dilated 3x3 branches of ``width`` channels, batch normalised, joined by a 3x3 convolution.
    Rates 6, 12, 18 belong to 65 px features and scale with ``resolution``.
    """

    RATES, RATES_RESOLUTION = (6, 12, 18), 65

    def __init__(self, channels: int, width: int, resolution: int, spectral: bool):
        super().__init__()
        rates = [max(1, round(rate * resolution / self.RATES_RESOLUTION)) for rate in self.RATES]
        with self.init_scope():
            self.branches = chainer.ChainList(
                Convolution2D(channels, width, 1, spectral=spectral),
                *(Convolution2D(channels, width, 3, pad=rate, dilate=rate, spectral=spectral) for rate in rates))
            self.norms = chainer.ChainList(*(BatchNormalization(width) for _ in self.branches))
            self.join = Convolution2D(4 * width, channels, 3, pad=1, spectral=spectral)

    def forward(self, x: Operand) -> chainer.Variable:
        """(B, channels, H, W) to the same shape."""
        branches = [norm(branch(x)) for branch, norm in zip(self.branches, self.norms)]
        return self.join.activated(F.concat(branches))


