"""StackGAN: a text's embedding to an image, in two stages (Zhang et al. 2017, arXiv:1612.03242).

Channel plan of the authors' code.
"""
from collections.abc import Iterator, Sequence

import chainer
import chainer.functions as F
import numpy
from chainer import initializers

from spade_anime.functions.concat_vector import concat_vector
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.latent import LatentNoise, placed
from spade_anime.layers.linear import Linear
from spade_anime.layers.minibatch import with_deviation
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.systems.stackgan.layers import (
    RELU,
    START_SIZE,
    ActivatedConvolution,
    ConditioningAugmentation,
    NormalizedConvolution,
    ResidualBlock,
    Upsampling,
    doublings,
    weights,
)
from spade_anime.types import Operand


class StageOneGenerator(chainer.Chain):
    """Paints ``(B, 3, S, S)`` in [-1, 1] from embeddings (B, text_dim).

    The noise of a pass is z (B, z_dim) and eps (B, condition_dim), both standard normal. Painting draws the condition
    as training does: eps 0 would be its mean.
    """

    Z = 'standard normal'

    def __init__(self, image_size: int = 64, gf_dim: int = 128, text_dim: int = 1024, condition_dim: int = 128,
                 z_dim: int = 100, output_skips: bool = False):
        super().__init__()
        self.image_size, self.text_dim, self.condition_dim = image_size, text_dim, condition_dim
        self.noises = LatentNoise(z_dim), LatentNoise(condition_dim)
        channels = 8 * gf_dim
        with self.init_scope():
            self.augmentation = ConditioningAugmentation(text_dim, condition_dim)
            self.fc = Linear(condition_dim + z_dim, channels * START_SIZE ** 2, nobias=True,
                               initial_weight=weights())
            self.norm = BatchNormalization(channels * START_SIZE ** 2)
            self.upsampling = Upsampling(channels, doublings(image_size), gf_dim // 2, output_skips)

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> tuple:
        """Draw (z, eps) of a batch from ``random``, else from a state of its own."""
        return tuple(noise.draw(batch, random) for noise in self.noises)

    def noise_of_pass(self, batch: int) -> tuple:
        """The same, made where the network computes."""
        return tuple(noise.of_pass(self.xp, batch) for noise in self.noises)

    def painted_from(self, embedding: Operand, latent: Operand) -> chainer.Variable:
        """Paint from texts and noise z that an encoder gives; the condition is drawn."""
        return self(embedding, (latent, self.noises[1].of_pass(self.xp, len(embedding))))

    def forward(self, embedding: Operand, z: tuple | None = None) -> chainer.Variable:
        """Paint; ``z`` as ``draw_noise`` gives it, None: fresh noise."""
        latent, eps = (placed(self.xp, noise) for noise in z or self.noise_of_pass(len(embedding)))
        h = self.fc(F.concat((self.augmentation.drawn(embedding, eps), latent)))
        h = self.norm(F.reshape(h, (*h.shape, 1, 1)), RELU)
        return self.upsampling(F.reshape(h, (len(embedding), -1, START_SIZE, START_SIZE)))


class StageTwoGenerator(chainer.Chain):
    """Paints ``(B, 3, S, S)`` in [-1, 1] from embeddings (B, text_dim), over what Stage I made of them.

    Stage I is part of it, so that one snapshot paints, but is never trained: it paints without a graph, and by its
    running statistics, so that an image does not depend on the others of its batch and the statistics stay as they
    are. The noise of a pass is that of Stage I, and eps (B, condition_dim) of this stage.
    """

    Z = 'standard normal'

    def __init__(self, stage1: StageOneGenerator, image_size: int = 256, gf_dim: int = 128, residual_blocks: int = 4,
                 output_skips: bool = False):
        super().__init__()
        self.image_size = image_size
        self.noise = LatentNoise(stage1.condition_dim)
        channels = 4 * gf_dim
        with self.init_scope():
            self.stage1 = stage1
            self.augmentation = ConditioningAugmentation(stage1.text_dim, stage1.condition_dim)
            self.encode1 = Convolution2D(3, gf_dim, 3, pad=1, initial_weight=weights())
            self.encode2 = NormalizedConvolution(gf_dim, 2 * gf_dim, 4, 2)
            self.encode3 = NormalizedConvolution(2 * gf_dim, channels, 4, 2)
            self.join = NormalizedConvolution(channels + stage1.condition_dim, channels, 3)
            self.blocks = chainer.ChainList(*(ResidualBlock(channels) for _ in range(residual_blocks)))
            self.upsampling = Upsampling(channels, doublings(image_size, stage1.image_size // 4), gf_dim // 4,
                                         output_skips)

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> tuple:
        """Draw (z, eps of Stage I, eps) of a batch from ``random``, else from states of its own."""
        return *self.stage1.draw_noise(batch, random), self.noise.draw(batch, random)

    def noise_of_pass(self, batch: int) -> tuple:
        """The same, made where the network computes."""
        return *self.stage1.noise_of_pass(batch), self.noise.of_pass(self.xp, batch)

    def params(self, include_uninit: bool = True) -> Iterator[chainer.Parameter]:
        """Parameters that are trained: those of Stage I are not."""
        return (param for _, param in self.namedparams(include_uninit))

    def namedparams(self, include_uninit: bool = True) -> Iterator[tuple[str, chainer.Parameter]]:
        """The same with their paths."""
        return ((name, param) for name, param in super().namedparams(include_uninit)
                if not name.startswith('/stage1/'))

    def forward(self, embedding: Operand, z: tuple | None = None) -> chainer.Variable:
        """Paint; ``z`` as ``draw_noise`` gives it, None: fresh noise."""
        *stage1, eps = z or self.noise_of_pass(len(embedding))
        h = self.encode3(self.encode2(self.encode1.activated(self._small(embedding, stage1), 'relu')))
        h = self.join(concat_vector(h, self.augmentation.drawn(embedding, placed(self.xp, eps))))
        for block in self.blocks:
            h = block(h)
        return self.upsampling(h)

    def _small(self, embedding: Operand, z: Sequence) -> Operand:
        """Stage I's image. Training stops here; in test mode all is one function of the inputs, as an export needs."""
        if not chainer.config.train:
            return self.stage1(embedding, z)
        with chainer.no_backprop_mode(), chainer.using_config('train', False):
            return self.stage1(embedding, z).array


class TextDiscriminator(chainer.Chain):
    """Does a text, by the mean ``mu`` (B, condition_dim) of its conditioning augmentation, tell of an image?

    ``dis(image, mu)`` gives ``(logits, features)``: logits (B, 1, 1, 1) and, in a list, the image's features at 4x4.
    The same for both stages: above 64 px two or more convolutions bring the channels back to 8 df_dim. ``batch_norm``:
    batch normalisation behind all convolutions but the first and the last. ``deviation``: it sees how much the images
    of a batch differ.
    """

    SLOPE = 0.2

    def __init__(self, image_size: int = 64, df_dim: int = 64, condition_dim: int = 128, batch_norm: bool = True,
                 deviation: bool = False):
        super().__init__()
        self.deviation = deviation
        block = NormalizedConvolution if batch_norm else ActivatedConvolution
        # Without normalisation small weights would let the signal fade.
        initial = weights() if batch_norm else initializers.HeNormal()
        down = [df_dim << i for i in range(doublings(image_size))]
        back = [width for width in reversed(down) if width >= 8 * df_dim] or down[-1:]
        with self.init_scope():
            self.first = Convolution2D(3, df_dim, 4, 2, 1, initial_weight=initial)
            self.halvings = chainer.ChainList(
                *(block(a, b, 4, 2, self.SLOPE) for a, b in zip(down, down[1:])))
            self.narrowings = chainer.ChainList(
                *(block(a, b, 3, 1, self.SLOPE) for a, b in zip(back, back[1:])))
            self.join = block(back[-1] + deviation + condition_dim, back[-1], 3, 1, self.SLOPE)
            self.to_logit = Convolution2D(back[-1], 1, START_SIZE, initial_weight=initial)

    def maps(self, image: Operand) -> list[chainer.Variable]:
        """What each layer sees in an image (B, 3, S, S), from S/2 px down to 4x4."""
        found = [self.first.activated(image)]
        for block in (*self.halvings, *self.narrowings):
            found.append(block(found[-1]))
        return found

    def features(self, image: Operand) -> chainer.Variable:
        """What is seen in an image (B, 3, S, S): (B, 8 df_dim, 4, 4), and one channel more with ``deviation``."""
        last = self.maps(image)[-1]
        return with_deviation(last) if self.deviation else last

    def logits(self, features: Operand, mu: Operand) -> chainer.Variable:
        """Verdict (B, 1, 1, 1) on what is seen in an image, and a text."""
        return self.to_logit(self.join(concat_vector(features, mu)))

    def forward(self, image: Operand, mu: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        features = self.features(image)
        return self.logits(features, mu), [features]
