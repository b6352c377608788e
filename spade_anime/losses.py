"""Losses of the conditional GANs: pure functions of logits, features and gradients."""
from collections.abc import Callable, Sequence
from typing import TypeAlias

import chainer
import chainer.functions as F
import numpy

from spade_anime.functions import gradient_penalty as penalties
from spade_anime.functions.losses import hinge, mean_absolute_difference
from spade_anime.functions.parts import mean_of_parts
from spade_anime.types import Array, Operand

MODE_SEEKING_EPS = 1e-5
PERCEPTUAL_WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)


def _mean(values: Operand) -> chainer.Variable:
    """Mean in single precision, whatever type the values are stored in."""
    return F.mean(F.cast(values, numpy.float32))


Terms: TypeAlias = dict[str, Callable[[Operand], chainer.Variable]]
"""Mean of a term of the logits, by mode."""

_REAL_TERMS: Terms = {
    'hinge': lambda logits: hinge(logits, 'real'),
    'bce': lambda logits: _mean(F.softplus(-logits)),
    'mse': lambda logits: _mean((logits - 1) ** 2),
    'wgan': lambda logits: -_mean(logits),
}
_FAKE_TERMS: Terms = {
    'hinge': lambda logits: hinge(logits, 'fake'),
    'bce': lambda logits: _mean(F.softplus(logits)),
    'mse': lambda logits: _mean(logits ** 2),
    'wgan': lambda logits: _mean(logits),
}
_GENERATOR_TERMS: Terms = {
    'hinge': lambda logits: hinge(logits, 'generator'),
    'bce': _REAL_TERMS['bce'],
    'mse': _REAL_TERMS['mse'],
    'wgan': lambda logits: -_mean(logits),
}


def discriminator_loss(mode: str, real_logits: Operand,
                       fake_logits: Operand) -> tuple[chainer.Variable, chainer.Variable]:
    """The real and the fake term of the discriminator, each a scalar.

    ``mode``: 'hinge' (Lim & Ye 2017), 'bce' (Goodfellow et al. 2014), 'mse' (Mao et al. 2017) or 'wgan'
    (Arjovsky et al. 2017). Half their sum is the loss, except for 'wgan', where it is their sum.
    """
    scale = 1 if mode == 'wgan' else 0.5
    return scale * _REAL_TERMS[mode](real_logits), scale * _FAKE_TERMS[mode](fake_logits)


def matching_aware_loss(mode: str, real_logits: Operand, wrong_logits: Operand,
                        fake_logits: Operand) -> tuple[chainer.Variable, chainer.Variable, chainer.Variable]:
    """Terms of a discriminator that also judges whether image and condition match (Reed et al. 2016, algorithm 1).

    ``-log s_r``, and half each of ``-log(1 - s_w)`` for a real image with a wrong condition and ``-log(1 - s_f)`` for
    a fake one; with another ``mode`` its terms in their place.
    """
    return _REAL_TERMS[mode](real_logits), _FAKE_TERMS[mode](wrong_logits) / 2, _FAKE_TERMS[mode](fake_logits) / 2


def normal_divergence(mu: chainer.Variable, log_variance: chainer.Variable) -> chainer.Variable:
    """Kullback-Leibler divergence of ``N(mu, exp(log_variance))`` from ``N(0, 1)``, mean over the elements."""
    return F.mean(mu ** 2 + F.exp(log_variance) - 1 - log_variance) / 2


def generator_loss(mode: str, fake_logits: Operand) -> chainer.Variable:
    """What the generator minimises of the discriminator's logits; modes as in ``discriminator_loss``."""
    return _GENERATOR_TERMS[mode](fake_logits)


def gradient_penalty(logits: chainer.Variable, image: chainer.Variable,
                     form: str = 'square_then_sum') -> chainer.Variable:
    """Zero-centred gradient penalty (R1, Mescheder et al. 2018, equation 9), mean over the batch, unweighted.

    ``|g|^2`` of the gradient g of each sample's mean logit with respect to ``image`` (B, C, H, W). The lineage
    summed g before it squared: ``form='sum_then_square'``.
    """
    gradient, = chainer.grad([F.mean(logits, axis=(1, 2, 3))], [image], enable_double_backprop=True)
    return F.mean(penalties.gradient_penalty(gradient, form))


def feature_matching(real_features: Sequence[chainer.Variable],
                     fake_features: Sequence[chainer.Variable]) -> chainer.Variable:
    """Mean absolute difference of feature maps, averaged over the maps; real ones constant (Wang et al. 2018)."""
    terms = [mean_absolute_difference(fake, real.array) for real, fake in zip(real_features, fake_features)]
    return sum(terms) / len(terms)


def mode_seeking(images: tuple[chainer.Variable, chainer.Variable],
                 noises: tuple[Array, Array]) -> chainer.Variable:
    """``1 / (|I1 - I2| / |z1 - z2| + 1e-5)`` (Mao et al. 2019, arXiv:1903.05628), mean absolute differences.

    ``images``: two Variables painted from one condition; ``noises``: the two flat noise arrays they came from. Where a
    batch is spread over processes, these means are over all of it.
    """
    first, second = noises
    distance = float(mean_of_parts(numpy.asarray(abs(first - second).mean())).array)
    return 1 / (mean_of_parts(F.mean_absolute_error(*images)) / distance + MODE_SEEKING_EPS)


def perceptual(real_features: Sequence[chainer.Variable], fake_features: Sequence[chainer.Variable],
               mode: str = 'MAE') -> chainer.Variable:
    """Distance of five feature maps of a VGG network, shallow to deep, weighted 1/32, 1/16, 1/8, 1/4, 1.

    ``mode``: 'MAE', or 'MSE' at half its value; both divided by 255, the range of the network's input.
    """
    # Chainer's own mean squared error is a scalar product by CuPy's cuBLAS, which no CUDA graph can capture.
    distance = {'MAE': mean_absolute_difference, 'MSE': _half_mean_square}[mode]
    total = 0
    for weight, real, fake in zip(PERCEPTUAL_WEIGHTS, real_features, fake_features):
        total = total + weight * distance(fake, real.array)
    return total / 255


def _half_mean_square(x: Operand, target: Array) -> chainer.Variable:
    return F.mean(F.square(x - target)) / 2
