import copy

import chainer
import numpy
import pytest
from chainer import functions

from spade_anime.functions.spectral_norm import SpectralLayers, spectral_normalize
from spade_anime.layers.convolution import Convolution2D, Deconvolution2D
from spade_anime.layers.spectral import SpectralChain, keep_weights
from spade_anime.runs.weights import arrays_of


class Small(chainer.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.plain = Convolution2D(2, 3, 1)
            self.convs = chainer.ChainList(Convolution2D(3, 4, 3, pad=1, spectral=True),
                                           Deconvolution2D(4, 5, spectral=True))

    def forward(self, x):
        if x is None:
            raise ValueError('nothing to convolve')
        return self.convs[1](self.convs[0](self.plain(x)))


class Together(SpectralChain, Small):
    pass


@pytest.fixture
def pair():
    """The same network twice; the second one normalises its weights together."""
    together = Together()
    apart = Small()
    for mine, theirs in zip(apart.links(), together.links()):
        for name in {*mine._params, *mine._persistent}:
            mine.__dict__[name] = copy.deepcopy(theirs.__dict__[name])
    return apart, together


@pytest.mark.parametrize('train', [True, False])
def test_together_as_apart(random, pair, train):
    x = random.normal(size=(2, 2, 4, 4)).astype('f')
    before = copy.deepcopy(arrays_of(pair[1]))
    with chainer.using_config('train', train):
        for _ in range(2):
            results = [net(x) for net in pair]
            numpy.testing.assert_allclose(*(y.array for y in results), rtol=1e-6)
    for y in results:
        functions.sum(y ** 2).backward()
    for mine, theirs in zip(*(net.params() for net in pair)):
        numpy.testing.assert_allclose(mine.grad, theirs.grad, rtol=1e-5, atol=1e-6)
    after, other = arrays_of(pair[1]), arrays_of(pair[0])
    assert set(after) == set(other)
    for name, array in after.items():
        numpy.testing.assert_allclose(array, other[name], rtol=1e-6)
        assert (array != before[name]).any() == (train and name.endswith('W_u'))


def test_a_call_that_fails_leaves_nothing_behind(pair):
    with pytest.raises(ValueError, match='nothing to convolve'):
        pair[1](None)
    assert all(conv.given_weight is None for conv in pair[1].convs)


def test_a_copy_has_its_own_weights(random, pair):
    x, twin = random.normal(size=(1, 2, 3, 3)).astype('f'), copy.deepcopy(pair[1])
    pair[1].convs[0].W.array[...] = 1
    with chainer.using_config('train', False):
        numpy.testing.assert_allclose(twin(x).array, pair[0](x).array, rtol=1e-6)


def test_a_weight_that_the_loss_does_not_reach_has_no_gradient(random):
    Ws = [chainer.Parameter(random.normal(size=(3, 2, 1, 1)).astype('f')) for _ in range(2)]
    us = [random.normal(size=3).astype('f') for _ in Ws]
    _, second = SpectralLayers().normalize(Ws, us, (0, 0), update=False)
    functions.sum(second ** 2).backward()
    twin = chainer.Parameter(Ws[1].array)
    functions.sum(spectral_normalize(twin, us[1])[0] ** 2).backward()
    assert Ws[0].grad is None
    numpy.testing.assert_allclose(Ws[1].grad, twin.grad, rtol=1e-6)


def test_weights_that_change_no_more_are_normalised_once(pair, monkeypatch):
    _, network = pair
    x = numpy.ones((1, 2, 5, 5), 'f')
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        desired = network(x).array
        keep_weights(network)
        calls, normalize = [], SpectralLayers.normalize
        monkeypatch.setattr(SpectralLayers, 'normalize', lambda *given: (calls.append(given), normalize(*given))[1])
        for _ in range(2):
            numpy.testing.assert_array_equal(network(x).array, desired)
        assert len(calls) == 1
        # Other arrays, as on another device, are other weights.
        network.convs[0].W.array = 2 * network.convs[0].W.array
        network(x)
    network(x)
    assert len(calls) == 3 and not calls[1][-1] and calls[2][-1], 'training takes its step of the power iteration'
