"""Label-to-image DCGAN (Radford et al. 2016, arXiv:1511.06434): two doublings, the class beside every layer's input."""
import chainer
import chainer.functions as F
import numpy
from chainer import initializers

from spade_anime.functions.concat_vector import concat_vector
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D
from spade_anime.layers.latent import LatentNoise, placed
from spade_anime.layers.linear import Linear
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Array, Operand

KSIZE, SHRINKING = 5, 4
RELU, LEAKY_RELU = 0.0, 0.2


def _weights() -> initializers.Normal:
    """Section 4 of the paper."""
    return initializers.Normal(0.02)


def _normalized(norm: BatchNormalization, x: chainer.Variable, slope: float) -> chainer.Variable:
    """Batch normalisation and activation of a matrix (B, C)."""
    return F.reshape(norm(F.reshape(x, (*x.shape, 1, 1)), slope), x.shape)


class DCGANGenerator(chainer.Chain):
    """Paints (B, 3, S, S) in [-1, 1] from a class (B, classes), one-hot, and z (B, z_dim), uniform in -1..1.

    Args:
        class_num: classes.
        image_size: S in pixels, a multiple of 4.
        z_dim: noise values.
        gf: channels before and after the first doubling are twice as many.
        gfc: width of the first fully connected layer.
    """

    Z = 'uniform from -1 to 1'

    def __init__(self, class_num: int, image_size: int = 64, z_dim: int = 100, gf: int = 64, gfc: int = 1024):
        super().__init__()
        self.noise = LatentNoise(z_dim, 'uniform')
        self.start = (2 * gf, image_size // SHRINKING, image_size // SHRINKING)
        with self.init_scope():
            self.fc1 = Linear(z_dim + class_num, gfc, nobias=True, initial_weight=_weights())
            self.norm1 = BatchNormalization(gfc)
            self.fc2 = Linear(gfc + class_num, int(numpy.prod(self.start)), nobias=True, initial_weight=_weights())
            self.norm2 = BatchNormalization(2 * gf)
            self.deconv1 = Deconvolution2D(2 * gf + class_num, 2 * gf, KSIZE, initial_weight=_weights())
            self.norm3 = BatchNormalization(2 * gf)
            self.deconv2 = Deconvolution2D(2 * gf + class_num, 3, KSIZE, initial_weight=_weights())

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> numpy.ndarray:
        """Draw z (batch, z_dim) of one pass, from ``random`` or an own state."""
        return self.noise.draw(batch, random)

    def forward(self, y: Operand, z: Array | None = None) -> chainer.Variable:
        """Paint classes y (B, classes) float32; ``z`` as ``draw_noise`` gives it; None: fresh noise."""
        z = self.noise.of_pass(self.xp, len(y)) if z is None else placed(self.xp, z)
        h = _normalized(self.norm1, self.fc1(concat_vector(z, y)), RELU)
        h = self.norm2(F.reshape(self.fc2(concat_vector(h, y)), (len(y), *self.start)), RELU)
        h = self.norm3(self.deconv1(concat_vector(h, y)), RELU)
        return F.tanh(self.deconv2(concat_vector(h, y)))


class DCGANDiscriminator(chainer.Chain):
    """Judges an image beside its class: ``dis(image, y)`` gives ``(logits, features)``, logits (B, 1, 1, 1).

    Args:
        class_num: classes; each convolution has as many channels more.
        image_size: S in pixels, a multiple of 4.
        df: channels of the second convolution.
        dfc: width of the fully connected layer.
    """

    def __init__(self, class_num: int, image_size: int = 64, df: int = 64, dfc: int = 1024):
        super().__init__()
        inputs = (df + class_num) * (image_size // SHRINKING) ** 2 + class_num
        with self.init_scope():
            self.conv1 = Convolution2D(3 + class_num, 3 + class_num, KSIZE, 2, 2, initial_weight=_weights())
            self.conv2 = Convolution2D(3 + 2 * class_num, df + class_num, KSIZE, 2, 2, nobias=True,
                                       initial_weight=_weights())
            self.norm2 = BatchNormalization(df + class_num)
            self.fc1 = Linear(inputs, dfc, nobias=True, initial_weight=_weights())
            self.norm3 = BatchNormalization(dfc)
            self.fc2 = Linear(dfc + class_num, 1, initial_weight=_weights())

    def forward(self, image: Operand, y: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        """Image (B, 3, S, S) in [-1, 1], class y (B, classes) float32."""
        first = self.conv1.activated(concat_vector(image, y))
        second = self.norm2(self.conv2(concat_vector(first, y)), LEAKY_RELU)
        third = _normalized(self.norm3, self.fc1(concat_vector(F.reshape(second, (len(y), -1)), y)), LEAKY_RELU)
        logits = self.fc2(concat_vector(third, y))
        return F.reshape(logits, (*logits.shape, 1, 1)), [first, second, third]
