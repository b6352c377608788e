"""SPADE generator and patch discriminator for anime portraits.

Channel plan, mapping networks and noise are the lineage's (SPADE-pix2pix-for-Anime, 2020), after Park et al. 2019.
"""
import chainer
import chainer.functions as F
import numpy
from chainer import initializers

from spade_anime.functions.leaky_relu import leaky_relu
from spade_anime.functions.noise import NoiseSource
from spade_anime.functions.parts import own_part
from spade_anime.functions.resize import resize
from spade_anime.layers.attention import SelfAttention
from spade_anime.layers.blocks import from_blocks, to_blocks
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.latent import placed
from spade_anime.layers.normalization import BatchNormalization
from spade_anime.layers.resblock import ResBlock
from spade_anime.layers.spectral import SpectralChain
from spade_anime.layers.upsampling import upsampling
from spade_anime.systems.spade.layers import ASPP, MappingNetwork, SpadeResBlock
from spade_anime.types import Operand

OUTPUT_DEVIATION = 0.05
FIRST_OPACITY = -2.0
"""Before the sigmoid: an untrained generator that paints over the colour map shows mostly that."""
FIRST_GAIN = 1.3
"""Before the tanh: such a generator paints nearly the colours that it paints over. Where it painted others, its opacity
would close before it has learnt anything, and a closed sigmoid passes no gradient on."""
LAST_CHANNELS = ((8, 4), (4, 2), (2, 1), (1, 0.5))


def block_channels(ngf: int, image_size: int, start_size: int, pixels: int = 1) -> list:
    """(in, out) of each block: one a doubling of the size, at 256 px from 4 px the lineage's seven.

    ``pixels``: width of what the network calls a pixel, in pixels of the image. Raises ValueError unless
    ``image_size`` is ``pixels`` times ``start_size`` times a power of two, at least 8 times it.
    """
    smallest = start_size * pixels
    doublings = (image_size // smallest).bit_length() - 1
    if smallest * 2 ** doublings != image_size or doublings + 1 < len(LAST_CHANNELS):
        allowed = ', '.join(str(smallest * 2 ** n) for n in range(3, 9))
        blocks = f' and blocks of {pixels} px' if pixels > 1 else ''
        raise ValueError(f'image_size {image_size} does not follow from start_size {start_size}{blocks} by doubling at '
                         f'least three times; sizes that do: {allowed}')
    plan = ((8, 8),) * (doublings + 1 - len(LAST_CHANNELS)) + LAST_CHANNELS
    return [(int(ngf * a), int(ngf * b)) for a, b in plan]


class SpadeGenerator(SpectralChain):
    """Paints ``(B, 3, S, S)`` in [-1, 1] from a label (B, classes, S, S) and a colour map (B, 3, S, S) in [0, 1].

    ``color_blocks``: in how many of the last blocks the colour map drives norm1; the label drives all the rest.
    ``label_pooling``: how the label shrinks to ``start_size`` for the head, 'area' or 'bilinear'.
    ``block``: the network works on blocks of so many pixels squared, 1, 2 or 4, at S / block.
    ``pixel_ch``: channels of a last layer at full size, which reads the label and the colour map beside them: flat
    colours and edges need not come through the normalisations. 0: none.
    ``least_ch``: no residual block has fewer channels.
    ``noisy``: whether noise is added before each normalisation.
    ``composed``: it paints over the colour map, with an opacity of its own for every pixel: ``opacity * painted + (1 -
    opacity) * colour``. Flat colours are then there from the first iteration on.
    """

    Z = 'standard normal'

    def __init__(self, image_size: int = 256, start_size: int = 4, ngf: int = 64, spade_ch: int = 32,
                 class_num: int = 4, upsampling_mode: str = 'bilinear', align_corners: bool = False,
                 label_pooling: str = 'area', color_blocks: int = 2, spectral: bool = True,
                 aspp_nf: int | None = None, block: int = 1, pixel_ch: int = 0, least_ch: int = 1,
                 noisy: bool = True, composed: bool = False):
        super().__init__()
        size, pixels = image_size // block, block ** 2
        channels = [(max(a, least_ch), max(b, least_ch)) for a, b in
                    block_channels(ngf, image_size, start_size, block)]
        seed = int(numpy.random.randint(2 ** 31))
        self.random, self.noise_source = numpy.random.default_rng(seed), NoiseSource(seed)
        self.image_size, self.label_pooling, self.align_corners = image_size, label_pooling, align_corners
        self.block, self.pixel_ch, self.composed = block, pixel_ch, composed
        self.first_color_block = max(0, len(channels) - color_blocks)
        with self.init_scope():
            self.label_mapping = MappingNetwork(class_num * pixels, spade_ch,
                                                _aspp(spade_ch, aspp_nf, size, spectral))
            self.color_mapping = MappingNetwork(3 * pixels, spade_ch, _aspp(spade_ch, aspp_nf, size, spectral))
            self.head = Convolution2D(class_num, channels[0][0], 3, pad=1, spectral=spectral)
            self.blocks = chainer.ChainList(*(SpadeResBlock(a, b, spade_ch, spectral, noisy) for a, b in channels))
            self.upsamplings = chainer.ChainList(
                *(upsampling(upsampling_mode, b, align_corners, spectral) for _, b in channels[:-1]))
            last, outputs = channels[-1][1], 3 * pixels
            if pixel_ch:
                self.to_pixels = Convolution2D(last + (class_num + 3) * pixels, pixel_ch * pixels, 3, pad=1)
                last, outputs = pixel_ch + class_num + 3, 3
            self.to_image = Convolution2D(last, outputs, 3, pad=1,
                                          initial_weight=initializers.Normal(OUTPUT_DEVIATION))
            if composed:
                self.to_opacity = Convolution2D(last, outputs // 3, 3, pad=1, initial_bias=FIRST_OPACITY,
                                                initial_weight=initializers.Normal(OUTPUT_DEVIATION))
                if pixel_ch:
                    self.to_image.W.array[range(3), range(last - 3, last), 1, 1] = FIRST_GAIN

    def draw_noise(self, batch: int, random: numpy.random.Generator | None = None) -> list:
        """Draw z of one pass: a list a block of standard normal maps (batch, 1, h, h); ``random`` or an own state."""
        if random is None:
            return own_part(batch, lambda count: self.draw_noise(count, self.random))
        size = self.image_size // self.block
        sizes = [size >> (len(self.blocks) - 1 - i) for i in range(len(self.blocks))]
        return [[random.standard_normal((batch, 1, size, size), numpy.float32)
                 for _ in range(block.noise_count())] for block, size in zip(self.blocks, sizes)]

    def draw_streams(self) -> list:
        """As ``draw_noise``, but streams that the layers make the maps from themselves, where the generator lives."""
        return self.noise_source.draw(self.xp, [block.noise_count() for block in self.blocks])

    def forward(self, label: Operand, color: Operand, z: list | None = None) -> chainer.Variable:
        """Paint; ``z`` as ``draw_noise`` gives it; None: fresh noise every pass, on a GPU never stored."""
        z = self._noise_of_pass(len(label)) if z is None else self._given_noise(z)
        labels, colors = to_blocks(label, self.block), to_blocks(color, self.block)
        label_map, color_map = self.label_mapping(labels), self.color_mapping(colors)
        h = self.head(self._pooled_label(label))
        for i, block in enumerate(self.blocks):
            size = h.shape[2:]
            drives = i >= self.first_color_block
            h = block(h, self._resized(label_map, size), self._resized(color_map, size) if drives else None, z[i])
            if i < len(self.upsamplings):
                h = self.upsamplings[i](h)
        h, block = leaky_relu(h), self.block
        if self.pixel_ch:
            pixels = from_blocks(self.to_pixels.activated(F.concat((h, labels, _signed(colors)))), block)
            h, block = F.concat((pixels, label, _signed(color))), 1
        painted = from_blocks(self.to_image.activated(h, 'tanh'), block)
        if not self.composed:
            return painted
        opacity = F.broadcast_to(F.sigmoid(from_blocks(self.to_opacity(h), block)), painted.shape)
        flat = _signed(color)
        return opacity * (painted - flat) + flat

    def _noise_of_pass(self, batch: int) -> list:
        """Maps on a CPU, where NumPy draws them faster than it would work through Philox' rounds; else streams."""
        return self.draw_noise(batch) if self.xp is numpy else self.draw_streams()

    def _given_noise(self, z: list) -> list:
        return [[placed(self.xp, noise) for noise in noises] for noises in z]

    def _pooled_label(self, label: Operand) -> chainer.Variable:
        size = self.image_size // self.block >> (len(self.blocks) - 1)
        if self.label_pooling == 'area':
            return resize(label, (size, size), 'area')
        return resize(label, (size, size), 'bilinear', self.align_corners)

    def _resized(self, mapped: chainer.Variable, size: tuple[int, int]) -> chainer.Variable:
        return resize(mapped, size, 'bilinear', self.align_corners)


def _signed(color: Operand) -> Operand:
    """Colours in [0, 1] in the range of images, [-1, 1]."""
    return 2 * color - 1


def _aspp(channels: int, width: int | None, image_size: int, spectral: bool) -> ASPP | None:
    return None if width is None else ASPP(channels, width, image_size, spectral)


class PatchDiscriminator(SpectralChain):
    """Judges overlapping patches of an image beside its label and colour map.

    ``dis(image, label, color)`` gives ``(logits, features)``: logits (B, 1, P, P), P = S/8 - 2 (30 at 256 px),
    and five feature maps for feature matching. ``block``: it works on blocks of so many pixels squared, 1, 2 or 4;
    then P = S / (8 block) - 2.
    """

    def __init__(self, ndf: int = 64, class_num: int = 4, division_ch: int = 8, spectral: bool = True,
                 double_activation: bool = False, block: int = 1):
        super().__init__()
        self.block = block
        with self.init_scope():
            self.conv1 = Convolution2D((6 + class_num) * block ** 2, ndf, 4, 2, 1, spectral=spectral)
            self.conv2 = Convolution2D(ndf, ndf * 2, 4, 2, 1, spectral=spectral)
            self.norm2 = BatchNormalization(ndf * 2)
            self.conv3 = Convolution2D(ndf * 2, ndf * 4, 4, 2, 1, spectral=spectral)
            self.attention = SelfAttention(ndf * 4, division_ch, spectral)
            self.norm3 = BatchNormalization(ndf * 4)
            self.conv4 = Convolution2D(ndf * 4, ndf * 8, 4, 1, 1, spectral=spectral)
            self.norm4 = BatchNormalization(ndf * 8)
            self.head = Convolution2D(ndf * 8, ndf * 8, 4, 1, 1, spectral=spectral)
            self.blocks = chainer.ChainList(*(
                ResBlock(ndf * a, ndf * a // 2, spectral, double_activation) for a in (8, 4, 2)))
            self.to_patch = Convolution2D(ndf, 1, 3, pad=1, spectral=spectral,
                                          initial_weight=initializers.Normal(OUTPUT_DEVIATION))

    def forward(self, image: Operand, label: Operand,
                color: Operand) -> tuple[chainer.Variable, list[chainer.Variable]]:
        features = [self.conv1.activated(to_blocks(F.concat((label, image, color)), self.block))]
        features.append(self.norm2(self.conv2(features[-1])))
        features.append(self.norm3(self.attention(self.conv3(features[-1]))))
        features.append(self.norm4(self.conv4(features[-1])))
        h = self.head(features[-1])
        for block in self.blocks:
            h = block(h)
        features.append(leaky_relu(h))
        return self.to_patch(features[-1]), features
