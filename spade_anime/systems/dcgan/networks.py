"""Label-to-image DCGAN (Radford et al. 2016, arXiv:1511.06434): the class beside every layer's input."""
import itertools

import chainer
import chainer.functions as F
import numpy
from chainer import initializers

from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.concat_vector import concat_vector
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.doubling import doubling
from spade_anime.layers.latent import LatentNoise, placed
from spade_anime.layers.linear import Linear
from spade_anime.layers.minibatch import with_deviation
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.layers.skips import OutputSkips
from spade_anime.types import Operand

KSIZE = 5
RELU, LEAKY_RELU = 0.0, 0.2
Z = {'uniform': 'uniform from -1 to 1', 'normal': 'standard normal'}
"""What the noise is, in words, by distribution."""


def _weights() -> initializers.Normal:
    """Section 4 of the paper."""
    return initializers.Normal(0.02)


def _normalized(norm: BatchNormalization, x: chainer.Variable, slope: float) -> chainer.Variable:
    """Batch normalisation and activation of a matrix (B, C)."""
    return F.reshape(norm(F.reshape(x, (*x.shape, 1, 1)), slope), x.shape)


def _activated(x: chainer.Variable, slope: float) -> chainer.Variable:
    """Activation of a matrix (B, C)."""
    return F.reshape(bias_act(F.reshape(x, (*x.shape, 1, 1)), None, 'leaky_relu', slope), x.shape)


class DCGANGenerator(chainer.Chain):
    """Paints (B, 3, S, S) in [-1, 1] from a class (B, classes), one-hot, and z (B, z_dim).

    Args:
        class_num: classes.
        image_size: S in pixels, a multiple of 2 to the power of ``doublings``.
        z_dim: noise values.
        gf: half the channels before the last doubling; they double from there to the second, and are as many before it.
        gfc: width of the first fully connected layer.
        doublings: 2 or more.
        upsampling: how each is done, one of ``DOUBLING_MODES``.
        full_size_ch: so many channels come out of the last doubling, which is bilinear, and all sizes add their colours
            to the image (``OutputSkips``); 0: the last doubling makes the image.
        distribution: of the noise, ``uniform`` as in the paper or ``normal``, as an encoder gives it.
    """

    def __init__(self, class_num: int, image_size: int = 64, z_dim: int = 100, gf: int = 64, gfc: int = 1024,
                 doublings: int = 2, upsampling: str = 'deconv', full_size_ch: int = 0,
                 distribution: str = 'uniform'):
        super().__init__()
        self.noise = LatentNoise(z_dim, distribution)
        self.Z = Z[distribution]
        channels = [2 * gf * 2 ** max(0, doublings - 2 - i) for i in range(doublings)]
        self.start, self.doublings = (channels[0], *[image_size >> doublings] * 2), doublings
        self.full_size_ch = full_size_ch
        with self.init_scope():
            self.fc1 = Linear(z_dim + class_num, gfc, nobias=True, initial_weight=_weights())
            self.norm1 = BatchNormalization(gfc)
            self.fc2 = Linear(gfc + class_num, int(numpy.prod(self.start)), nobias=True, initial_weight=_weights())
            for i, (width, its_outputs) in enumerate(zip(channels, [*channels[1:], full_size_ch or 3]), 1):
                setattr(self, f'norm{i + 1}', BatchNormalization(width))
                mode = 'bilinear' if full_size_ch and i == doublings else upsampling
                setattr(self, f'deconv{i}', doubling(mode, width + class_num, its_outputs, KSIZE, _weights()))
            if full_size_ch:
                setattr(self, f'norm{doublings + 2}', BatchNormalization(full_size_ch))
                self.to_image = OutputSkips([*channels, full_size_ch], _weights())

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> numpy.ndarray:
        """Draw z (batch, z_dim) of one pass, from ``random`` or an own state."""
        return self.noise.draw(batch, random)

    def forward(self, y: Operand, z: Operand | None = None) -> chainer.Variable:
        """Paint classes y (B, classes) float32; ``z`` as ``draw_noise`` gives it; None: fresh noise."""
        z = self.noise.of_pass(self.xp, len(y)) if z is None else placed(self.xp, z)
        h = _normalized(self.norm1, self.fc1(concat_vector(z, y)), RELU)
        h = F.reshape(self.fc2(concat_vector(h, y)), (len(y), *self.start))
        image = None
        for i in range(1, self.doublings + 1):
            h = self[f'norm{i + 1}'](h, RELU)
            if self.full_size_ch:
                image = self.to_image.added(image, i - 1, h)
            h = self[f'deconv{i}'](concat_vector(h, y))
        if self.full_size_ch:
            h = self.to_image.added(image, -1, self[f'norm{self.doublings + 2}'](h, RELU))
        return F.tanh(h)


class DCGANDiscriminator(chainer.Chain):
    """Judges an image beside its class: ``dis(image, y)`` gives ``(logits, features)``, logits (B, 1, 1, 1).

    Args:
        class_num: classes; each convolution has as many channels more.
        image_size: S in pixels, a multiple of 2 to the power of ``halvings``.
        df: channels of the second convolution; they double with each that follows.
        dfc: width of the fully connected layer.
        halvings: convolutions of stride 2, 2 or more.
        batch_norm: batch normalisation behind all convolutions but the first, and in the fully connected layer.
    """

    def __init__(self, class_num: int, image_size: int = 64, df: int = 64, dfc: int = 1024,
                 halvings: int = 2, batch_norm: bool = True,
                 deviation: bool = False):
        super().__init__()
        first = 3 + class_num if batch_norm else df // 2
        channels = [first, *(df * 2 ** i + class_num * batch_norm for i in range(halvings - 1))]
        inputs = (channels[-1] + deviation) * (image_size >> halvings) ** 2 + class_num
        self.halvings, self.batch_norm, self.deviation = halvings, batch_norm, deviation
        # Without normalisation small weights would let the signal fade.
        weights = _weights() if batch_norm else initializers.HeNormal()
        with self.init_scope():
            self.conv1 = Convolution2D(3 + class_num, first, KSIZE, 2, 2, initial_weight=weights)
            for i, (width, its_outputs) in enumerate(itertools.pairwise(channels), 2):
                setattr(self, f'conv{i}', Convolution2D(width + class_num, its_outputs, KSIZE, 2, 2, nobias=batch_norm,
                                                        initial_weight=weights))
                if batch_norm:
                    setattr(self, f'norm{i}', BatchNormalization(its_outputs))
            self.fc1 = Linear(inputs, dfc, nobias=batch_norm, initial_weight=weights)
            if batch_norm:
                setattr(self, f'norm{halvings + 1}', BatchNormalization(dfc))
            self.fc2 = Linear(dfc + class_num, 1, initial_weight=weights)

    def forward(self, image: Operand, y: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        """Image (B, 3, S, S) in [-1, 1], class y (B, classes) float32."""
        features = [self.conv1.activated(concat_vector(image, y))]
        for i in range(2, self.halvings + 1):
            h, conv = concat_vector(features[-1], y), self[f'conv{i}']
            features.append(self[f'norm{i}'](conv(h), LEAKY_RELU) if self.batch_norm else conv.activated(h))
        last = with_deviation(features[-1]) if self.deviation else features[-1]
        h = self.fc1(concat_vector(F.reshape(last, (len(y), -1)), y))
        features.append(_normalized(self[f'norm{self.halvings + 1}'], h, LEAKY_RELU) if self.batch_norm
                        else _activated(h, LEAKY_RELU))
        logits = self.fc2(concat_vector(features[-1], y))
        return F.reshape(logits, (*logits.shape, 1, 1)), features
