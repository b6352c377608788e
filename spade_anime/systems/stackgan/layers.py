"""Layers of StackGAN (Zhang et al. 2017, arXiv:1612.03242)."""
import chainer
import chainer.functions as F
from chainer import initializers

from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.resize import resize
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.linear import Linear
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.layers.skips import OutputSkips
from spade_anime.layers.upsampling import Interpolation
from spade_anime.types import Operand

START_SIZE, DEVIATION = 4, 0.02
RELU = 0.0
"""Slope of a leaky ReLU that is a ReLU."""


def weights() -> initializers.Normal:
    """Fresh weights, as the authors' code draws them all. Behind a normalisation small ones learn sooner."""
    return initializers.Normal(DEVIATION)


def doublings(size: int, start_size: int = START_SIZE) -> int:
    """How often ``start_size`` doubles to ``size``, at least once. Raises ValueError where it does not."""
    count = (size // start_size).bit_length() - 1
    if count < 1 or start_size * 2 ** count != size:
        raise ValueError(f'{size} is not {start_size} doubled; {", ".join(str(start_size << n) for n in range(1, 8))} '
                         'are')
    return count


class ConditioningAugmentation(chainer.Chain):
    """Gaussian around a text's embedding (section 3.2), from which the condition c is drawn; nothing bounds it."""

    def __init__(self, text_dim: int, condition_dim: int):
        super().__init__()
        with self.init_scope():
            self.fc = Linear(text_dim, 2 * condition_dim, initial_weight=weights())

    def forward(self, embedding: Operand) -> tuple[chainer.Variable, chainer.Variable]:
        """Mean and log-variance (B, condition_dim) for an embedding (B, text_dim)."""
        return F.split_axis(self.fc(embedding), 2, axis=1)

    def drawn(self, embedding: Operand, eps: Operand) -> chainer.Variable:
        """``mu + sigma * eps``."""
        mu, log_variance = self(embedding)
        return mu + F.exp(log_variance / 2) * eps


class NormalizedConvolution(chainer.Chain):
    """Convolution without bias, batch normalisation, leaky ReLU; ``slope=None`` leaves the last out."""

    def __init__(self, in_channels: int, out_channels: int, ksize: int, stride: int = 1, slope: float | None = RELU):
        super().__init__()
        self.slope = slope
        with self.init_scope():
            self.conv = Convolution2D(in_channels, out_channels, ksize, stride, 1, nobias=True,
                                      initial_weight=weights())
            self.norm = BatchNormalization(out_channels)

    def forward(self, x: Operand) -> chainer.Variable:
        return self.norm(self.conv(x), self.slope)


class ActivatedConvolution(Convolution2D):
    """Convolution with a bias and leaky ReLU, the same without normalisation; padded by 1."""

    def __init__(self, in_channels: int, out_channels: int, ksize: int, stride: int, slope: float):
        super().__init__(in_channels, out_channels, ksize, stride, 1)
        self.slope = slope

    def forward(self, x: Operand) -> chainer.Variable:
        return self.activated(x, slope=self.slope)


class Upsampling(chainer.Chain):
    """Blocks that double the size: nearest neighbour, convolution, normalisation, ReLU; then the image.

    ``output_skips``: the maps of all sizes add their colours to the image (``OutputSkips``), and the last doubling is
    bilinear.
    """

    def __init__(self, channels: int, count: int, least: int, output_skips: bool = False):
        super().__init__()
        self.output_skips = output_skips
        plan = [max(channels >> i, least) for i in range(count + 1)]
        with self.init_scope():
            self.double = Interpolation('nearest', align_corners=False)
            self.blocks = chainer.ChainList(*(NormalizedConvolution(a, b, 3) for a, b in zip(plan, plan[1:])))
            self.to_image = OutputSkips(plan, weights()) if output_skips else \
                Convolution2D(plan[-1], 3, 3, pad=1, initial_weight=weights())

    def forward(self, h: Operand) -> chainer.Variable:
        """(B, channels, H, W) to an image in [-1, 1], 2 ** count times the size."""
        if self.output_skips:
            return self._summed(h)
        for block in self.blocks:
            h = block(self.double(h))
        return self.to_image.activated(h, 'tanh')

    def _summed(self, h: Operand) -> chainer.Variable:
        image = self.to_image.added(None, 0, h)
        for level, block in enumerate(self.blocks, 1):
            last = level == len(self.blocks)
            h = block(resize(h, (2 * h.shape[2], 2 * h.shape[3])) if last else self.double(h))
            image = self.to_image.added(image, level, h)
        return F.tanh(image)


class ResidualBlock(chainer.Chain):
    """``relu(conv(conv(x)) + x)``, both convolutions normalised."""

    def __init__(self, channels: int):
        super().__init__()
        with self.init_scope():
            self.conv1 = NormalizedConvolution(channels, channels, 3)
            self.conv2 = NormalizedConvolution(channels, channels, 3, slope=None)

    def forward(self, x: Operand) -> chainer.Variable:
        return bias_act(self.conv2(self.conv1(x)) + x, None, 'relu')
