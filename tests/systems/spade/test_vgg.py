import chainer
import chainer.functions as F
import numpy
import pytest

from spade_anime.systems.spade.vgg import CHANNELS, GROUPS, VGGFeatures

PUBLISHED_PARAMETERS = {'VGG16': 14_714_688, 'VGG19': 20_024_384}


@pytest.mark.parametrize('name', GROUPS)
def test_against_chainers_functions(random, name):
    network = VGGFeatures(name)
    assert network.count_params() == PUBLISHED_PARAMETERS[name]
    image = random.uniform(-1, 1, (1, 3, 32, 32)).astype('f')
    pixels = (image[:, ::-1] + 1) / 2 * 255
    h = chainer.Variable(pixels - numpy.array([103.939, 116.779, 123.68], 'f').reshape(1, 3, 1, 1))
    with chainer.no_backprop_mode():
        for feature, group in zip(network(image), network.groups):
            for layer in group:
                h = F.relu(F.convolution_2d(h, network[layer].W, network[layer].b, pad=1))
            numpy.testing.assert_allclose(feature.array, h.array, rtol=1e-3, atol=1e-3 * abs(h.array).max())
            h = F.max_pooling_2d(h, 2)


def test_five_maps_each_half_the_size(random):
    features = VGGFeatures('VGG19')(random.uniform(-1, 1, (2, 3, 64, 64)).astype('f'))
    assert [feature.shape for feature in features] == [(2, c, 64 >> i, 64 >> i) for i, c in enumerate(CHANNELS)]
