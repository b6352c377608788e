"""Attribute GAN: deconvolutions from attributes and noise, and a discriminator that sees the attributes.

The networks are a DCGAN's (Radford et al. 2016), conditioned and judged as in GAN-CLS (Reed et al. 2016).
"""
import chainer
import chainer.functions as F
import numpy
from chainer import initializers

from spade_anime.functions.augmentation import translate
from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.concat_vector import concat_vector
from spade_anime.functions.recorded import drawn
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.doubling import doubling
from spade_anime.layers.latent import LatentNoise, placed
from spade_anime.layers.linear import Linear
from spade_anime.layers.minibatch import with_deviation
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.layers.skips import OutputSkips
from spade_anime.types import Operand

START_SIZE, KSIZE = 4, 5
DEVIATION = 0.02
RELU = 0.0


def doublings(image_size: int) -> int:
    """How often 4 px are doubled to give ``image_size``, at least once. Raises ValueError where that is impossible."""
    count = (image_size // START_SIZE).bit_length() - 1
    if count < 1 or START_SIZE * 2 ** count != image_size:
        allowed = ', '.join(str(START_SIZE * 2 ** n) for n in range(1, 8))
        raise ValueError(f'image_size {image_size} does not follow from {START_SIZE} by doubling; sizes that do: '
                         f'{allowed}')
    return count


class AttributeGenerator(chainer.Chain):
    """Paints ``(B, 3, S, S)`` in [-1, 1] from attributes (B, n) in {0, 1} and noise (B, z_size).

    A linear layer to 4x4, then 5x5 deconvolutions of stride 2, halving their channels down to ``gf``; batch
    normalisation and ReLU after each, tanh at the end. ``every_layer``: attributes beside the input of each.
    ``upsampling``: 'resize' puts nearest neighbours and a 3x3 convolution in the place of each deconvolution.
    ``full_size_ch``: so many channels come out of the last doubling, which is bilinear, and all sizes add their colours
    to the image (``OutputSkips``); 0: the last doubling makes the image.
    """

    Z = 'standard normal'

    def __init__(self, attributes: int = 102, image_size: int = 128, gf: int = 64, z_size: int = 10,
                 every_layer: bool = False, upsampling: str = 'deconv', full_size_ch: int = 0):
        super().__init__()
        levels = doublings(image_size)
        channels = [gf * 2 ** (levels - 1 - i) for i in range(levels)]
        widths, modes = channels, [upsampling] * levels
        if full_size_ch:
            widths, modes[-1] = [*channels, full_size_ch], 'bilinear'
        self.noise, self.every_layer = LatentNoise(z_size), every_layer
        more = attributes if every_layer else 0
        normal = initializers.Normal(DEVIATION)
        with self.init_scope():
            # Its bias would vanish in the normalisation.
            self.project = Linear(attributes + z_size, channels[0] * START_SIZE ** 2, nobias=True,
                                                initial_weight=normal)
            self.norms = chainer.ChainList(*(BatchNormalization(c) for c in widths))
            self.deconvs = chainer.ChainList(*(
                doubling(mode, a + more, b, KSIZE, normal)
                for mode, a, b in zip(modes, channels, [*widths[1:], 3])))
            if full_size_ch:
                self.to_image = OutputSkips(widths, normal)
        self.full_size_ch = full_size_ch

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> numpy.ndarray:
        """Draw z of one pass, (batch, z_size) float32, standard normal; from ``random`` or a state of its own."""
        return self.noise.draw(batch, random)

    def forward(self, attributes: Operand, z: Operand | None = None) -> chainer.Variable:
        """Paint; ``z`` as ``draw_noise`` gives it; None: fresh noise every pass."""
        z = self.noise.of_pass(self.xp, len(attributes)) if z is None else placed(self.xp, z)
        h = self.project(concat_vector(attributes, z))
        h = F.reshape(h, (len(attributes), -1, START_SIZE, START_SIZE))
        image = None
        for i, (norm, deconv) in enumerate(zip(self.norms, self.deconvs)):
            h = norm(h, RELU)
            if self.full_size_ch:
                image = self.to_image.added(image, i, h)
            h = deconv(concat_vector(h, attributes) if self.every_layer else h)
        if self.full_size_ch:
            h = self.to_image.added(image, -1, self.norms[-1](h, RELU))
        return bias_act(h, None, 'tanh')


class AttributeDiscriminator(chainer.Chain):
    """Judges images together with their attributes: ``dis(image, attributes)`` gives ``(logits, features)``.

    5x5 convolutions of stride 2 down to 4x4, doubling their channels from ``df``; there the attributes are joined, and
    a 1x1 and a 4x4 convolution give one logit, (B, 1, 1, 1). Leaky ReLU after each; with ``batch_norm`` batch
    normalisation before it but in the first layer. ``every_layer``: attributes beside the input of each.

    ``shift``: in training, images are seen moved by up to so many pixels, a batch alike. Done to real and painted ones,
    that keeps few real ones from being learnt by heart (DiffAugment, Zhao et al. 2020, arXiv:2006.10738).
    """

    def __init__(self, attributes: int = 102, image_size: int = 128, df: int = 64, every_layer: bool = False,
                 batch_norm: bool = True, shift: int = 0, deviation: bool = False):
        super().__init__()
        channels = [df * 2 ** i for i in range(doublings(image_size))]
        self.every_layer, self.batch_norm, self.shift, self.deviation = every_layer, batch_norm, shift, deviation
        self.random = numpy.random.default_rng(int(numpy.random.randint(2 ** 31)))
        more = attributes if every_layer else 0
        # Without normalisation small weights would let the signal fade.
        weight, last = initializers.Normal(DEVIATION) if batch_norm else initializers.HeNormal(), channels[-1]
        with self.init_scope():
            self.convs = chainer.ChainList(*(
                Convolution2D(a + more, b, KSIZE, 2, KSIZE // 2, initial_weight=weight)
                for a, b in zip([3, *channels], channels)))
            self.join = Convolution2D(last + deviation + attributes, last, 1, initial_weight=weight)
            self.to_logit = Convolution2D(last, 1, START_SIZE, initial_weight=weight)
            if batch_norm:
                self.norms = chainer.ChainList(*(BatchNormalization(c) for c in [*channels[1:], last]))

    def forward(self, image: Operand, attributes: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        image = self._shifted(image) if self.shift and chainer.config.train else image
        features = [self.convs[0].activated(self._conditioned(image, attributes))]
        for i in range(1, len(self.convs)):
            features.append(self._layer(self.convs[i], i - 1, self._conditioned(features[-1], attributes)))
        last = with_deviation(features[-1]) if self.deviation else features[-1]
        return self.to_logit(self._layer(self.join, -1, concat_vector(last, attributes))), features

    def _shifted(self, image: Operand) -> chainer.Variable:
        most = self.shift
        shift = drawn(lambda: most - self.random.integers(0, 2 * most + 1, (1, 2)))
        return translate(image, self.xp.asarray(shift))

    def _conditioned(self, h: Operand, attributes: Operand) -> Operand:
        return concat_vector(h, attributes) if self.every_layer else h

    def _layer(self, conv: Convolution2D, norm: int, h: Operand) -> chainer.Variable:
        return self.norms[norm](conv(h)) if self.batch_norm else conv.activated(h)
