"""The convolutions of VGG16 and VGG19 (Simonyan & Zisserman 2015), for the perceptual loss."""
import chainer
import chainer.functions as F
import numpy

from spade_anime.layers.convolution import Convolution2D
from spade_anime.systems.spade.vgg_groups import GROUPS
from spade_anime.types import Operand

CHANNELS = (64, 128, 256, 512, 512)
BGR_MEANS = numpy.array((103.939, 116.779, 123.68), numpy.float32)[:, None, None]


class VGGFeatures(chainer.Chain):
    """Five feature maps, after ReLU, of images (B, 3, H, W) in [-1, 1]; parameter paths are Chainer's."""

    def __init__(self, name: str = 'VGG16'):
        super().__init__()
        self.groups = []
        channels = 3
        with self.init_scope():
            for group, (count, width) in enumerate(zip(GROUPS[name], CHANNELS), start=1):
                names = [f'conv{group}_{index}' for index in range(1, count + 1)]
                for layer in names:
                    setattr(self, layer, Convolution2D(channels, width, 3, pad=1))
                    channels = width
                self.groups.append(names)

    def forward(self, image: Operand) -> list[chainer.Variable]:
        h = (image[:, ::-1] + 1) * 127.5
        h -= F.broadcast_to(self.xp.asarray(BGR_MEANS), h.shape)
        features: list[chainer.Variable] = []
        for group in self.groups:
            if features:
                h = F.max_pooling_2d(h, 2, cover_all=False)
            for layer in group:
                h = self[layer].activated(h, 'relu')
            features.append(h)
        return features
