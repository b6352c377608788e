import chainer
import chainer.functions as F
import numpy
import pytest
from from_systems import of_system

from spade_anime import losses

PatchDiscriminator = of_system('spade.networks.PatchDiscriminator')

REAL, FAKE = numpy.array([0.5, 2.0], 'f').reshape(1, 1, 1, 2), numpy.array([-2.0, 0.5], 'f').reshape(1, 1, 1, 2)


@pytest.mark.parametrize('mode, real, fake, generator', [
    ('hinge', 0.5 * 0.25, 0.5 * 0.75, 0.75),
    ('bce', 0.5 * (numpy.log1p(numpy.exp(-0.5)) + numpy.log1p(numpy.exp(-2))) / 2,
     0.5 * (numpy.log1p(numpy.exp(-2)) + numpy.log1p(numpy.exp(0.5))) / 2,
     (numpy.log1p(numpy.exp(2)) + numpy.log1p(numpy.exp(-0.5))) / 2),
    ('mse', 0.5 * (0.25 + 1) / 2, 0.5 * (4 + 0.25) / 2, (9 + 0.25) / 2),
    ('wgan', -1.25, -0.75, 0.75)])
def test_adversarial_losses_by_hand(mode, real, fake, generator):
    terms = losses.discriminator_loss(mode, chainer.Variable(REAL), chainer.Variable(FAKE))
    numpy.testing.assert_allclose([float(term.array) for term in terms], [real, fake], rtol=1e-6)
    numpy.testing.assert_allclose(losses.generator_loss(mode, chainer.Variable(FAKE)).array, generator, rtol=1e-6)


@pytest.mark.parametrize('form, expected', [('square_then_sum', 9 + 36), ('sum_then_square', (-3 + 6) ** 2)])
def test_penalty_of_a_known_gradient(form, expected):
    # Every logit of a sample is -3 times its first pixel and 6 times its second: so is their mean.
    weight = numpy.tile(numpy.array([-3, 6], 'f'), (2, 1)).reshape(2, 1, 1, 2)
    image = chainer.Variable(numpy.ones((2, 1, 1, 2), 'f'))
    logits = F.broadcast_to(F.sum(image * weight, axis=(1, 2, 3), keepdims=True), (2, 1, 2, 2))
    numpy.testing.assert_allclose(losses.gradient_penalty(logits, image, form).array, expected, rtol=1e-6)


def test_penalty_gradient_against_finite_differences(random):
    # Without spectral normalisation, whose singular vectors count as constants.
    dis = PatchDiscriminator(8, spectral=False)
    dis.attention.gain.array[...] = 0.5
    for param in dis.params():
        param.array = param.array.astype('d')
    for link in dis.links():
        for name in link._persistent:
            value = getattr(link, name)
            if getattr(value, 'dtype', None) == numpy.float32:
                setattr(link, name, value.astype('d'))
    batch = [random.rand(2, c, 32, 32) for c in (3, 4, 3)]
    step = 1e-4

    def penalty():
        image = chainer.Variable(batch[0])
        with chainer.using_config('train', False):
            return losses.gradient_penalty(dis(image, *batch[1:])[0], image)

    dis.cleargrads()
    penalty().backward()
    for weight in (dis.conv2.W, dis.attention.key.W, dis.attention.value.W, dis.blocks[0].conv1.W):
        values = []
        for sign in (1, -1):
            weight.array[3, 2, 0, 0] += sign * step
            values.append(float(penalty().array))
            weight.array[3, 2, 0, 0] -= sign * step
        numpy.testing.assert_allclose(weight.grad[3, 2, 0, 0], (values[0] - values[1]) / (2 * step), rtol=1e-3)


def test_feature_matching_averages_maps_and_keeps_real_ones_constant():
    real = [chainer.Variable(numpy.zeros((1, 1, 2, 2), 'f')), chainer.Variable(numpy.ones((1, 3, 1, 1), 'f'))]
    fake = [chainer.Variable(numpy.full((1, 1, 2, 2), 2, 'f')), chainer.Variable(numpy.zeros((1, 3, 1, 1), 'f'))]
    loss = losses.feature_matching(real, fake)
    loss.backward()
    numpy.testing.assert_allclose(loss.array, (2 + 1) / 2)
    assert all(feature.grad is None for feature in real)
    assert all(feature.grad is not None for feature in fake)


def test_mode_seeking_by_hand():
    images = tuple(chainer.Variable(numpy.full((1, 3, 2, 2), value, 'f')) for value in (0.2, 0.7))
    noises = numpy.zeros(4, 'f'), numpy.full(4, 2, 'f')
    numpy.testing.assert_allclose(losses.mode_seeking(images, noises).array, 1 / (0.5 / 2 + 1e-5), rtol=1e-5)


@pytest.mark.parametrize('mode, distances', [('MAE', [1, 2, 3, 4, 5]), ('MSE', [0.5, 2, 4.5, 8, 12.5])])
def test_perceptual_by_hand(mode, distances):
    real = [chainer.Variable(numpy.zeros((1, 1, 2, 2), 'f'))] * 5
    fake = [chainer.Variable(numpy.full((1, 1, 2, 2), i + 1, 'f')) for i in range(5)]
    expected = numpy.dot([1 / 32, 1 / 16, 1 / 8, 1 / 4, 1], distances) / 255
    numpy.testing.assert_allclose(losses.perceptual(real, fake, mode).array, expected, rtol=1e-6)
