"""The networks on a card against the CPU, in float32 and in TF32; and what TF32's rounding alone does to them."""
from unittest import mock

import chainer
import numpy
import pytest

from kernels import convolution, matmul
from kernels.runtime.machine import choose
from spade_anime.devices import choose_device
from spade_anime.functions import linear
from spade_anime.painting import paint
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator

# Largest difference as a share of the largest value. TF32 keeps 10 bits of a factor's fraction. Tensor cores drop the
# others, so a product loses up to 2 * 2^-10 of itself, and ten convolutions one after another ten times that.
TOLERANCE = {'fp32': 2e-4, 'tf32': 10 * 2 * 2 ** -10}


def computed(random, device=None) -> list[numpy.ndarray]:
    """What a small SPADE paints and what its discriminator says of a given picture; the same networks in every call."""
    numpy.random.seed(0)
    gen, dis = SpadeGenerator(64, 4, 8, 16), PatchDiscriminator(8)
    random.seed(0)
    label, color, picture = (random.rand(2, channels, 64, 64).astype('f') for channels in (4, 3, 3))
    z = gen.draw_noise(2)
    if device is not None:
        gen.to_device(device)
        dis.to_device(device)
    painted = paint(gen, (label, color), z)
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        logits = dis(*(dis.xp.asarray(array) for array in (2 * picture - 1, label, color)))[0]
    return [painted, chainer.backends.cuda.to_cpu(logits.array)]


def difference(results, expected) -> float:
    """The largest one, as a share of the largest value."""
    return max(float(abs(result - right).max() / abs(right).max()) for result, right in zip(results, expected))


def rounded(arrays, half_a_step):
    """float32 arrays with 10 bits of fraction: the other 13 dropped, or rounded where ``half_a_step`` is 2^12."""
    if isinstance(arrays, list | tuple):
        return [rounded(array, half_a_step) for array in arrays]
    bits = numpy.ascontiguousarray(arrays).view(numpy.uint32)
    return ((bits + numpy.uint32(half_a_step)) & numpy.uint32(0xFFFFE000)).view(numpy.float32)


@pytest.mark.gpu
@pytest.mark.parametrize('name', ['fp32', 'tf32'])
def test_a_card_agrees_with_the_cpu(random, name):
    expected = computed(random)
    choose(precision=name)
    assert difference(computed(random, device=choose_device('cuda')), expected) < TOLERANCE[name]


@pytest.mark.parametrize('half_a_step', [0, 1 << 12])
def test_rounding_to_tf32_stays_within_its_tolerance_and_not_within_that_of_float32(random, half_a_step):
    def rounding(function):
        return mock.Mock(side_effect=lambda a, b, *rest, **settings: function(
            rounded(a, half_a_step), rounded(b, half_a_step), *rest, **settings))

    expected = computed(random)
    replaced = {name: rounding(getattr(convolution, name)) for name in ('convolve', 'convolve_shared')}
    product = rounding(matmul.matmul)
    with mock.patch.multiple(convolution, **replaced), mock.patch.object(matmul, 'matmul', product), \
            mock.patch.object(linear, 'multiply', product):
        found = difference(computed(random), expected)
    assert all(function.called for function in (*replaced.values(), product))
    assert 2 * TOLERANCE['fp32'] < found < TOLERANCE['tf32'] / 2


def test_the_same_twice(random):
    assert difference(computed(random), computed(random)) == 0
