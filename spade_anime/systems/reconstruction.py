"""Real images encoded and painted again, for generators that paint from a vector and noise.

A variational autoencoder (Kingma & Welling 2014, arXiv:1312.6114) and a GAN share the generator, as in VAE/GAN (Larsen
et al. 2016, arXiv:1512.09300): few images teach it shapes and colours sooner than a discriminator alone does. Here the
error is that of pixels, and the discriminator judges paintings from drawn noise only.
"""
from collections.abc import Callable

import chainer

from spade_anime import losses
from spade_anime.functions.losses import mean_absolute_difference
from spade_anime.layers.encoder import Encoder
from spade_anime.systems.vector_options import VectorOptions
from spade_anime.types import Array, Operand


def give_encoder(gen: chainer.Chain, options: VectorOptions, condition_size: int, z_dim: int) -> None:
    """Add the encoder to a generator, as its link ``encoder``, if the options have a reconstruction."""
    if options.reconstruction_coef:
        with gen.init_scope():
            gen.encoder = Encoder(condition_size, options.image_size, z_dim, options.encoder_ch)


class Reconstruction:
    """Terms of real images that ``gen.encoder`` turns into noise and ``gen`` paints again; {} without an encoder.

    ``paint``: paints conditions from such noise, where ``gen(condition, noise)`` does not.
    """

    def __init__(self, gen: chainer.Chain, options: VectorOptions,
                 paint: Callable[[Operand, Operand], chainer.Variable] | None = None):
        self.gen, self.options, self.paint = gen, options, paint or gen

    def __call__(self, image: Array, condition: Array) -> dict[str, chainer.Variable]:
        """Mean absolute error of the images, and divergence of their noise from a standard normal one."""
        if not self.options.reconstruction_coef:
            return {}
        z, mean, log_variance = self.gen.encoder.drawn(image, condition)
        error = mean_absolute_difference(self.paint(condition, z), image)
        return {'reconstruction': self.options.reconstruction_coef * error,
                'latent': self.options.latent_coef * losses.normal_divergence(mean, log_variance)}
