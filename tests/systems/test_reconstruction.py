"""Real images encoded and painted again."""
from types import SimpleNamespace

import chainer
import numpy
import pytest

from spade_anime.layers.encoder import Encoder
from spade_anime.systems.reconstruction import Reconstruction, give_encoder
from spade_anime.systems.vector_options import VectorOptions

OPTIONS = VectorOptions(image_size=8, encoder_ch=2, reconstruction_coef=10.0, latent_coef=0.5)


def no_features(image, condition):
    raise AssertionError('no features are asked for')


def test_terms_by_hand(random):
    """Error: mean of absolute differences; divergence: (m^2 + v - 1 - log v) / 2, its mean."""
    mean, log_variance = random.standard_normal((2, 3, 5))
    image, painted = random.standard_normal((2, 3, 3, 8, 8))
    encoder = SimpleNamespace(drawn=lambda image, condition: tuple(
        chainer.Variable(array) for array in (mean + 1, mean, log_variance)))
    found = Reconstruction(SimpleNamespace(encoder=encoder), OPTIONS, no_features,
                           lambda condition, z: chainer.Variable(painted + z.array.sum()))
    found = found.terms(1, image, numpy.zeros((3, 2)))
    error = numpy.abs(painted + (mean + 1).sum() - image).mean()
    divergence = (mean ** 2 + numpy.exp(log_variance) - 1 - log_variance).mean() / 2
    assert float(found['reconstruction'].array) == pytest.approx(10 * error)
    assert float(found['latent'].array) == pytest.approx(0.5 * divergence) and len(found) == 2


def test_without_a_weight_there_is_no_encoder():
    gen, options = chainer.Chain(), VectorOptions(image_size=8)
    give_encoder(gen, options, 3, 5)
    assert not list(gen.children()) and Reconstruction(gen, options, no_features).terms(1, None, None) == {}


@pytest.mark.parametrize(('coefs', 'term'), [
    ({'reconstruction_coef': 10.0}, 'reconstruction'), ({'feature_coef': 3.0}, 'features')])
def test_each_error_trains_the_encoder(random, coefs, term):
    gen, options = chainer.Chain(), VectorOptions(image_size=8, encoder_ch=2, **coefs)
    give_encoder(gen, options, 3, 5)
    assert isinstance(gen.encoder, Encoder)
    image, condition = (random.standard_normal(shape).astype(numpy.float32) for shape in ((2, 3, 8, 8), (2, 3)))
    painted = []

    def paint(condition, z):
        total = chainer.functions.reshape(chainer.functions.sum(z, axis=1), (2, 1, 1, 1))
        painted.append(chainer.functions.broadcast_to(total, (2, 3, 8, 8)))
        return painted[-1]

    def features(image, condition):
        image = chainer.as_variable(image)
        return [image * image, 2 * image]
    gen.cleargrads()
    found = Reconstruction(gen, options, features, paint).terms(1, image, condition)
    found[term].backward()
    assert all(numpy.abs(weight.grad).sum() > 0 for name, weight in gen.namedparams() if name.endswith('/W'))
    x = painted[0].array
    desired = {'reconstruction': 10 * abs(x - image).mean(),
               'features': 3 * (abs(x * x - image * image).mean() + 2 * abs(x - image).mean()) / 2}
    assert float(found[term].array) == pytest.approx(desired[term], rel=1e-5) and set(found) == {'latent', term}


def test_features_come_later_and_weights_fade():
    options = VectorOptions(image_size=8, reconstruction_coef=60.0, feature_coef=30.0, features_from=3, fade_from=5)
    found = Reconstruction(chainer.Chain(), options, no_features)
    assert [found.weights(iteration) for iteration in (1, 2, 3, 4, 5, 9)] == [
        (60, 0), (60, 0), (60, 30), (60, 30), (10, 5), (10, 5)]
