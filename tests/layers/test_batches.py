"""Several batches in one pass of a network."""
import chainer
import numpy
import pytest

from spade_anime.layers.batches import batch_sizes, in_one_pass
from spade_anime.layers.convolution import Convolution2D
from spade_anime.layers.normalization import BatchNormalization


class Network(chainer.Chain):
    """A normalised convolution of an image beside a map."""

    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.conv, self.norm = Convolution2D(5, 4, 3, pad=1), BatchNormalization(4)
        self.calls = 0

    def forward(self, image, other):
        self.calls += 1
        return self.norm(self.conv(chainer.functions.concat((image, other))))


@pytest.mark.parametrize('sizes', [(2, 2), (3, 1, 2), (4,)])
def test_batches_in_one_pass_are_as_if_alone(random, sizes):
    networks = [Network() for _ in range(2)]
    networks[1].copyparams(networks[0])
    batches = [[random.normal(i, 1 + i, (size, channels, 6, 4)).astype('f') for channels in (3, 2)]
               for i, size in enumerate(sizes)]
    one = in_one_pass(networks[0], batches)
    alone = [networks[1](*batch) for batch in batches]
    assert [network.calls for network in networks] == [1, len(sizes)]
    for found in (one, alone):
        sum(chainer.functions.sum(y * (i + 1)) for i, y in enumerate(found)).backward()
    for y, expected in zip(one, alone, strict=True):
        numpy.testing.assert_allclose(y.array, expected.array, atol=1e-5)
    numpy.testing.assert_allclose(networks[0].norm.avg_var, networks[1].norm.avg_var, rtol=1e-5)
    for param, expected in zip(networks[0].params(), networks[1].params()):
        numpy.testing.assert_allclose(param.grad, expected.grad, rtol=1e-4, atol=1e-4)


def test_sizes_are_known_within_the_pass_alone():
    images = [(numpy.zeros((size, 1), 'f'),) for size in (2, 3)]
    seen = []

    def function(x):
        seen.append(batch_sizes())
        return chainer.as_variable(x)
    in_one_pass(function, images)
    assert seen == [(2, 3)] and batch_sizes() == ()
    with pytest.raises(ZeroDivisionError):
        in_one_pass(lambda x: 1 / 0, images)
    assert batch_sizes() == ()
