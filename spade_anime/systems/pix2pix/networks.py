"""U-Net and 70-pixel PatchGAN of pix2pix (Isola et al. 2017, arXiv:1611.07004, section 6.1)."""
import chainer
import chainer.functions as F
import numpy
from chainer import initializers

from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.concat_vector import constant_maps
from spade_anime.functions.noise import NoiseSource
from spade_anime.functions.parts import own_part
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D
from spade_anime.layers.latent import normal_numbers, placed
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.types import Operand

WEIGHT_DEVIATION = 0.02
MAX_LEVELS, MAX_WIDTH = 8, 8
DROPOUT_LEVELS = 3
MIN_SIZE = 32
"""The PatchGAN has no patch in a smaller image."""


def unet_levels(image_size: int) -> int:
    """How often the U-Net halves its image: down to one pixel, but eight times at most (6 at 64 px, 8 from 256 px).

    Raises ValueError unless ``image_size`` is a power of two, at least ``MIN_SIZE``.
    """
    if image_size < MIN_SIZE or image_size & (image_size - 1):
        raise ValueError(f'image_size {image_size} is no power of two from {MIN_SIZE} px')
    return min(MAX_LEVELS, image_size.bit_length() - 1)


def joined(condition: tuple, size: tuple) -> chainer.Variable:
    """Channels of all arrays of a condition: maps (B, C, H, W), and vectors (B, n) as constant maps of that size."""
    return F.concat([array if array.ndim == 4 else constant_maps(array, size) for array in condition])


class UNetGenerator(chainer.Chain):
    """Paints (B, 3, S, S) in [-1, 1] from maps (B, C, S, S) and vectors (B, n), ``channels`` of them together.

    Level i of the encoder has ``ngf * min(2^i, 8)`` channels at S / 2^(i+1) px; the decoder goes back up and reads, at
    each size, the encoder's feature map beside its own. The innermost level, a single pixel, is not normalised: in a
    batch of one nothing would be left of it. The noise is the dropout of the first three levels of the decoder.
    """

    Z = '0 or 2, half each'

    def __init__(self, channels: int, image_size: int = 256, ngf: int = 64):
        super().__init__()
        widths = [ngf * min(2 ** level, MAX_WIDTH) for level in range(unet_levels(image_size))]
        outer = widths[::-1][1:]  # what the decoder makes, level by level, before the image
        self.image_size = image_size
        self.noise_shapes = [(width, image_size >> (len(outer) - i), image_size >> (len(outer) - i))
                             for i, width in enumerate(outer[:DROPOUT_LEVELS])]
        seed = int(numpy.random.randint(2 ** 31))
        self.random, self.source = numpy.random.default_rng(seed), NoiseSource(seed)
        normal = initializers.Normal(WEIGHT_DEVIATION)
        with self.init_scope():
            self.down = chainer.ChainList(*(Convolution2D(a, b, 4, 2, 1, initial_weight=normal)
                                            for a, b in zip([channels, *widths], widths)))
            self.down_norms = chainer.ChainList(*(BatchNormalization(width) for width in widths[1:-1]))
            self.up = chainer.ChainList(*(Deconvolution2D(a, b, initial_weight=normal)
                                          for a, b in zip([widths[-1], *(2 * width for width in outer)], outer)))
            self.up_norms = chainer.ChainList(*(BatchNormalization(width) for width in outer))
            self.to_image = Deconvolution2D(2 * ngf, 3, initial_weight=normal)

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> list:
        """Draw z: dropout masks (batch, C, h, h) of 0 and 2, half each; from ``random`` or an own state."""
        if random is None:
            return own_part(batch, lambda count: self.draw_noise(count, self.random))
        return [2 * random.integers(0, 2, (batch, *shape)).astype(numpy.float32) for shape in self.noise_shapes]

    def forward(self, *condition: Operand, z: list | None = None) -> chainer.Variable:
        """Paint; ``z`` as ``draw_noise`` gives it, None: fresh noise every pass, in test mode too."""
        h = joined(condition, (self.image_size, self.image_size))
        masks = self._masks_of_pass(len(h)) if z is None else [placed(self.xp, mask) for mask in z]
        features = self._encoded(h)
        h = features.pop()
        for i, (deconvolution, norm) in enumerate(zip(self.up, self.up_norms)):
            h = norm(deconvolution(h), slope=0.0)
            if i < len(masks):
                h = h * masks[i]
            h = F.concat((h, features.pop()))
        return bias_act(self.to_image(h), activation='tanh')

    def _masks_of_pass(self, batch: int) -> list:
        """Masks made where the network computes: on a GPU by the signs of counted normal numbers."""
        if self.xp is numpy:
            return self.draw_noise(batch)
        numbers = [normal_numbers(self.source, self.xp, (batch, *shape)) for shape in self.noise_shapes]
        return [2 * (number > 0).astype(numpy.float32) for number in numbers]

    def _encoded(self, h: chainer.Variable) -> list[chainer.Variable]:
        """Feature maps of all levels."""
        features = [self.down[0].activated(h)]
        for convolution, norm in zip(self.down[1:-1], self.down_norms):
            features.append(norm(convolution(features[-1])))
        return [*features, self.down[-1].activated(features[-1], 'relu')]


class PatchGAN(chainer.Chain):
    """Judges patches of 70 x 70 px of an image beside its condition, maps and vectors as the generator takes them.

    ``dis(image, *condition)`` gives ``(logits, features)``: logits (B, 1, P, P), P = S/8 - 2 (30 at 256 px), and the
    four feature maps before them. ``channels``: of the condition.
    """

    def __init__(self, channels: int, ndf: int = 64):
        super().__init__()
        normal = initializers.Normal(WEIGHT_DEVIATION)
        with self.init_scope():
            self.conv1 = Convolution2D(3 + channels, ndf, 4, 2, 1, initial_weight=normal)
            self.conv2 = Convolution2D(ndf, 2 * ndf, 4, 2, 1, initial_weight=normal)
            self.norm2 = BatchNormalization(2 * ndf)
            self.conv3 = Convolution2D(2 * ndf, 4 * ndf, 4, 2, 1, initial_weight=normal)
            self.norm3 = BatchNormalization(4 * ndf)
            self.conv4 = Convolution2D(4 * ndf, 8 * ndf, 4, 1, 1, initial_weight=normal)
            self.norm4 = BatchNormalization(8 * ndf)
            self.to_patch = Convolution2D(8 * ndf, 1, 4, 1, 1, initial_weight=normal)

    def forward(self, image: Operand, *condition: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        features = [self.conv1.activated(joined((*condition, image), image.shape[2:]))]
        for convolution, norm in ((self.conv2, self.norm2), (self.conv3, self.norm3), (self.conv4, self.norm4)):
            features.append(norm(convolution(features[-1])))
        return self.to_patch(features[-1]), features
