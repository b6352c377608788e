"""An encoder: from an image to the noise that paints it again."""
import chainer
import chainer.functions as F

from spade_anime.functions.concat_vector import concat_vector
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.latent import LatentNoise
from spade_anime.layers.linear import Linear
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand

KSIZE, LEAST_SIZE = 5, 4
LEAKY_RELU = 0.2


class Encoder(chainer.Chain):
    """Gives a normal distribution of the noise that paints an image, ``encoder(image, condition)``.

    Convolutions of stride 2 that double their channels, batch normalisation and leaky ReLU after each, while the size
    is even and above 4 px; a linear layer that also sees the condition.

    Args:
        condition_size: numbers of the condition.
        z_dim: numbers of the noise.
        width: channels of the first convolution.
    """

    def __init__(self, condition_size: int, image_size: int, z_dim: int, width: int):
        super().__init__()
        self.noise = LatentNoise(z_dim)
        channels, size = [3], image_size
        while size % 2 == 0 and size > LEAST_SIZE:
            channels.append(width << len(channels) - 1)
            size //= 2
        with self.init_scope():
            self.convs = chainer.ChainList(*(
                Convolution2D(a, b, KSIZE, 2, KSIZE // 2, nobias=True) for a, b in zip(channels, channels[1:])))
            self.norms = chainer.ChainList(*(BatchNormalization(width) for width in channels[1:]))
            self.to_noise = Linear(channels[-1] * size ** 2 + condition_size, 2 * z_dim)

    def forward(self, image: Operand, condition: Operand) -> tuple[chainer.Variable, chainer.Variable]:
        """Mean and log-variance, (B, z_dim) each, for images (B, 3, S, S) and conditions (B, condition_size)."""
        h = image
        for conv, norm in zip(self.convs, self.norms):
            h = norm(conv(h), LEAKY_RELU)
        return F.split_axis(self.to_noise(concat_vector(F.reshape(h, (len(h), -1)), condition)), 2, axis=1)

    def drawn(self, image: Operand, condition: Operand) -> tuple[chainer.Variable, chainer.Variable, chainer.Variable]:
        """Noise drawn from that distribution, its mean and its log-variance."""
        mean, log_variance = self(image, condition)
        return mean + F.exp(log_variance / 2) * self.noise.of_pass(self.xp, len(mean)), mean, log_variance
