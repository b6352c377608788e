import chainer
import numpy
import pytest
from chainer import functions

from spade_anime.layers.normalization import BatchNormalization
from spade_anime.layers.resblock import ResBlock
from spade_anime.runs.weights import arrays_of


def test_a_snapshot_of_chainers_link_loads(random, tmp_path):
    theirs, ours = chainer.links.BatchNormalization(3), BatchNormalization(3)
    x = random.normal(1, 2, (2, 3, 4, 4)).astype('f')
    theirs.gamma.array[...], theirs.beta.array[...] = random.normal(size=(2, 3))
    theirs(x)
    chainer.serializers.save_npz(tmp_path / 'link.npz', theirs)
    chainer.serializers.load_npz(tmp_path / 'link.npz', ours)
    for train in (True, False):
        with chainer.using_config('train', train):
            expected = theirs(x)
            if not train:
                numpy.testing.assert_allclose(ours(x, None).array, expected.array, atol=1e-5)
            numpy.testing.assert_allclose(ours(x).array, functions.leaky_relu(expected, 0.2).array, atol=1e-5)
    before, after = arrays_of(theirs), arrays_of(ours)
    assert set(before) == set(after)
    for name, array in before.items():
        numpy.testing.assert_allclose(after[name], array, atol=1e-5)


@pytest.mark.parametrize('double', [False, True])
def test_residual_block(random, double):
    block = ResBlock(4, 3, spectral=False, double_activation=double)
    x = random.normal(size=(2, 4, 5, 5)).astype('f')

    def activated(norm, h, slope=0.2):
        return functions.leaky_relu(functions.batch_normalization(h, norm.gamma, norm.beta), slope)

    h = activated(block.norm1, x)
    h = block.conv1(functions.leaky_relu(h, 0.2) if double else h)
    expected = block.conv2(activated(block.norm2, h)) + block.conv0(activated(block.norm0, x))
    numpy.testing.assert_allclose(block(x).array, expected.array, atol=1e-4)
