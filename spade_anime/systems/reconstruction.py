"""Real images encoded and painted again, for generators that paint from a vector and noise.

A variational autoencoder (Kingma & Welling 2014, arXiv:1312.6114) and a GAN share the generator, as in VAE/GAN (Larsen
et al. 2016, arXiv:1512.09300): few images teach it shapes and colours sooner than a discriminator alone does. Here the
error is that of pixels, that of the discriminator's features, or both. The discriminator judges paintings from drawn
noise only.
"""
from collections.abc import Callable, Sequence

import chainer

from spade_anime import losses
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.layers.encoder import Encoder
from spade_anime.systems.objectives import MoreTerms
from spade_anime.systems.vector_options import VectorOptions
from spade_anime.types import Array, Operand

FADED = 6
"""What the weights of errors are divided by once they fade."""


def give_encoder(gen: chainer.Chain, options: VectorOptions, condition_size: int, z_dim: int) -> None:
    """Add the encoder to a generator, as its link ``encoder``, if the options ask for one."""
    if options.encodes:
        with gen.init_scope():
            gen.encoder = Encoder(condition_size, options.image_size, z_dim, options.encoder_ch)


class Reconstruction(MoreTerms):
    """Terms of real images that ``gen.encoder`` turns into noise and ``gen`` paints again; {} without an encoder.

    Args:
        gen: the generator.
        options: weights of the terms.
        features: feature maps that the discriminator makes of images and their condition.
        paint: paints conditions from such noise, where ``gen(condition, noise)`` does not.
    """

    def __init__(self, gen: chainer.Chain, options: VectorOptions,
                 features: Callable[[Operand, Operand], Sequence[chainer.Variable]],
                 paint: Callable[[Operand, Operand], chainer.Variable] | None = None):
        self.gen, self.options, self.features, self.paint = gen, options, features, paint or gen

    def weights(self, iteration: int) -> tuple[float, ...]:
        """Of the images' error and of the features', in an iteration counted from 1."""
        o = self.options
        faded = FADED if o.fade_from and iteration >= o.fade_from else 1
        return o.reconstruction_coef / faded, o.feature_coef / faded if iteration >= o.features_from else 0.0

    def terms(self, iteration: int, image: Array, *condition: Array) -> dict[str, chainer.Variable]:
        """Mean absolute error of the images, of the discriminator's features of them, and divergence of their noise
        from a standard normal one.
        """
        o, (of_image, of_features) = self.options, self.weights(iteration)
        if not o.encodes:
            return {}
        told, = condition
        z, mean, log_variance = self.gen.encoder.drawn(image, told)
        painted = self.paint(told, z)
        terms = {'latent': o.latent_coef * losses.normal_divergence(mean, log_variance)}
        if of_image:
            terms['reconstruction'] = of_image * mean_absolute_difference(painted, image)
        if of_features:
            with chainer.no_backprop_mode():
                desired = self.features(image, told)
            terms['features'] = of_features * losses.feature_matching(desired, self.features(painted, told))
        return terms
