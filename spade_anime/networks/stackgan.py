"""StackGAN: a text's embedding to an image, in two stages (Zhang et al. 2017, arXiv:1612.03242).

Channel plan of the authors' code; mu and log-variance of the conditioning augmentation are unrestricted.
"""
import chainer
import chainer.functions as F
import chainer.links as L
import numpy
from chainer import initializers

from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.concat_vector import concat_vector
from spade_anime.links.convolution import Convolution2D
from spade_anime.links.latent import LatentNoise
from spade_anime.links.normalization import BatchNormalization
from spade_anime.links.upsampling import Interpolation

START_SIZE, OUTPUT_DEVIATION = 4, 0.05
RELU = 0.0
"""Slope of a leaky ReLU that is a ReLU."""


def doublings(size: int, start_size: int = START_SIZE) -> int:
    """How often ``start_size`` doubles to ``size``, at least once. Raises ValueError where it does not."""
    count = (size // start_size).bit_length() - 1
    if count < 1 or start_size * 2 ** count != size:
        raise ValueError(f'{size} is not {start_size} doubled; {", ".join(str(start_size << n) for n in range(1, 8))} '
                         'are')
    return count


class ConditioningAugmentation(chainer.Chain):
    """Gaussian around a text's embedding (section 3.2), from which the condition c is drawn."""

    def __init__(self, text_dim: int, condition_dim: int):
        super().__init__()
        with self.init_scope():
            self.fc = L.Linear(text_dim, 2 * condition_dim)

    def forward(self, embedding) -> tuple:
        """Mean and log-variance (B, condition_dim) for an embedding (B, text_dim)."""
        return F.split_axis(self.fc(embedding), 2, axis=1)

    def drawn(self, embedding, eps) -> chainer.Variable:
        """``mu + sigma * eps``."""
        mu, log_variance = self(embedding)
        return mu + F.exp(log_variance / 2) * eps


class NormalizedConvolution(chainer.Chain):
    """Convolution without bias, batch normalisation, leaky ReLU; ``slope=None`` leaves the last out."""

    def __init__(self, in_channels: int, out_channels: int, ksize: int, stride: int = 1, slope: float | None = RELU):
        super().__init__()
        self.slope = slope
        with self.init_scope():
            self.conv = Convolution2D(in_channels, out_channels, ksize, stride, 1, nobias=True)
            self.norm = BatchNormalization(out_channels)

    def forward(self, x):
        return self.norm(self.conv(x), self.slope)


class Upsampling(chainer.Chain):
    """Blocks that double the size: nearest neighbour, convolution, normalisation, ReLU; then the image."""

    def __init__(self, channels: int, count: int, least: int):
        super().__init__()
        plan = [max(channels >> i, least) for i in range(count + 1)]
        with self.init_scope():
            self.double = Interpolation('nearest', align_corners=False)
            self.blocks = chainer.ChainList(*(NormalizedConvolution(a, b, 3) for a, b in zip(plan, plan[1:])))
            self.to_image = Convolution2D(plan[-1], 3, 3, pad=1, initial_weight=initializers.Normal(OUTPUT_DEVIATION))

    def forward(self, h):
        """(B, channels, H, W) to an image in [-1, 1], 2 ** count times the size."""
        for block in self.blocks:
            h = block(self.double(h))
        return self.to_image.activated(h, 'tanh')


class ResidualBlock(chainer.Chain):
    """``relu(conv(conv(x)) + x)``, both convolutions normalised."""

    def __init__(self, channels: int):
        super().__init__()
        with self.init_scope():
            self.conv1 = NormalizedConvolution(channels, channels, 3)
            self.conv2 = NormalizedConvolution(channels, channels, 3, slope=None)

    def forward(self, x):
        return bias_act(self.conv2(self.conv1(x)) + x, None, 'relu')


class StageOneGenerator(chainer.Chain):
    """Paints ``(B, 3, S, S)`` in [-1, 1] from embeddings (B, text_dim).

    The noise of a pass is z (B, z_dim) and eps (B, condition_dim), both standard normal. Painting draws the condition
    as training does: eps 0 would be its mean.
    """

    def __init__(self, image_size: int = 64, gf_dim: int = 128, text_dim: int = 1024, condition_dim: int = 128,
                 z_dim: int = 100):
        super().__init__()
        self.image_size, self.text_dim, self.condition_dim = image_size, text_dim, condition_dim
        self.noises = LatentNoise(z_dim), LatentNoise(condition_dim)
        channels = 8 * gf_dim
        with self.init_scope():
            self.augmentation = ConditioningAugmentation(text_dim, condition_dim)
            self.fc = L.Linear(condition_dim + z_dim, channels * START_SIZE ** 2, nobias=True)
            self.norm = BatchNormalization(channels * START_SIZE ** 2)
            self.upsampling = Upsampling(channels, doublings(image_size), gf_dim // 2)

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> tuple:
        """Draw (z, eps) of a batch from ``random``, else from a state of its own."""
        return tuple(noise.draw(batch, random) for noise in self.noises)

    def forward(self, embedding, z=None):
        """Paint; ``z`` as ``draw_noise`` gives it, None: fresh noise."""
        z, eps = (self.xp.asarray(noise) for noise in z or self.draw_noise(len(embedding)))
        h = self.fc(F.concat((self.augmentation.drawn(embedding, eps), z)))
        h = self.norm(F.reshape(h, (*h.shape, 1, 1)), RELU)
        return self.upsampling(F.reshape(h, (len(embedding), -1, START_SIZE, START_SIZE)))


class StageTwoGenerator(chainer.Chain):
    """Paints ``(B, 3, S, S)`` in [-1, 1] from embeddings (B, text_dim), over what Stage I made of them.

    Stage I is part of it, so that one snapshot paints, but is never trained: it paints without a graph, and by its
    running statistics, so that an image does not depend on the others of its batch and the statistics stay as they
    are. The noise of a pass is that of Stage I, and eps (B, condition_dim) of this stage.
    """

    def __init__(self, stage1: StageOneGenerator, image_size: int = 256, gf_dim: int = 128, residual_blocks: int = 4):
        super().__init__()
        self.image_size = image_size
        self.noise = LatentNoise(stage1.condition_dim)
        channels = 4 * gf_dim
        with self.init_scope():
            self.stage1 = stage1
            self.augmentation = ConditioningAugmentation(stage1.text_dim, stage1.condition_dim)
            self.encode1 = Convolution2D(3, gf_dim, 3, pad=1)
            self.encode2 = NormalizedConvolution(gf_dim, 2 * gf_dim, 4, 2)
            self.encode3 = NormalizedConvolution(2 * gf_dim, channels, 4, 2)
            self.join = NormalizedConvolution(channels + stage1.condition_dim, channels, 3)
            self.blocks = chainer.ChainList(*(ResidualBlock(channels) for _ in range(residual_blocks)))
            self.upsampling = Upsampling(channels, doublings(image_size, stage1.image_size // 4), gf_dim // 4)

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> tuple:
        """Draw (z, eps of Stage I, eps) of a batch from ``random``, else from states of its own."""
        return *self.stage1.draw_noise(batch, random), self.noise.draw(batch, random)

    def forward(self, embedding, z=None):
        """Paint; ``z`` as ``draw_noise`` gives it, None: fresh noise."""
        *z, eps = z or self.draw_noise(len(embedding))
        with chainer.no_backprop_mode(), chainer.using_config('train', False):
            small = self.stage1(embedding, z).array
        h = self.encode3(self.encode2(self.encode1.activated(small, 'relu')))
        h = self.join(concat_vector(h, self.augmentation.drawn(embedding, self.xp.asarray(eps))))
        for block in self.blocks:
            h = block(h)
        return self.upsampling(h)


class TextDiscriminator(chainer.Chain):
    """Does a text, by the mean ``mu`` (B, condition_dim) of its conditioning augmentation, tell of an image?

    ``dis(image, mu)`` gives ``(logits, features)``: logits (B, 1, 1, 1) and, in a list, the image's features at 4x4.
    The same for both stages: above 64 px two or more convolutions bring the channels back to 8 df_dim.
    """

    SLOPE = 0.2

    def __init__(self, image_size: int = 64, df_dim: int = 64, condition_dim: int = 128):
        super().__init__()
        down = [df_dim << i for i in range(doublings(image_size))]
        back = [width for width in reversed(down) if width >= 8 * df_dim] or down[-1:]
        with self.init_scope():
            self.first = Convolution2D(3, df_dim, 4, 2, 1)
            self.halvings = chainer.ChainList(
                *(NormalizedConvolution(a, b, 4, 2, self.SLOPE) for a, b in zip(down, down[1:])))
            self.narrowings = chainer.ChainList(
                *(NormalizedConvolution(a, b, 3, 1, self.SLOPE) for a, b in zip(back, back[1:])))
            self.join = NormalizedConvolution(back[-1] + condition_dim, back[-1], 3, 1, self.SLOPE)
            self.to_logit = Convolution2D(back[-1], 1, START_SIZE)

    def features(self, image) -> chainer.Variable:
        """What is seen in an image (B, 3, S, S): (B, 8 df_dim, 4, 4)."""
        h = self.first.activated(image)
        for block in (*self.halvings, *self.narrowings):
            h = block(h)
        return h

    def logits(self, features, mu) -> chainer.Variable:
        """Verdict (B, 1, 1, 1) on what is seen in an image, and a text."""
        return self.to_logit(self.join(concat_vector(features, mu)))

    def forward(self, image, mu):
        features = self.features(image)
        return self.logits(features, mu), [features]
