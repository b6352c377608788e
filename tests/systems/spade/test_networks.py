import chainer
import numpy
import pytest

from spade_anime.choices import UPSAMPLING_MODES
from spade_anime.painting import paint
from spade_anime.runs.weights import arrays_of
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator, block_channels


def condition(random, batch, size):
    label = random.randint(0, 2, (batch, 4, size, size)).astype('f')
    return label, random.rand(batch, 3, size, size).astype('f')


def test_parameter_counts_of_the_full_model():
    assert SpadeGenerator().count_params() == 19_884_535
    assert PatchDiscriminator().count_params() == 10_870_562


@pytest.mark.parametrize('batch, size, start', [
    (1, 64, 4), (3, 64, 4), (1, 128, 4), (1, 256, 4), (3, 96, 6), (1, 64, 2)])
def test_shapes(random, batch, size, start):
    label, color = condition(random, batch, size)
    image = SpadeGenerator(size, start, ngf=4, spade_ch=8)(label, color)
    assert image.shape == (batch, 3, size, size)
    assert abs(image.array).max() <= 1
    logits, features = PatchDiscriminator(8)(image, label, color)
    patch = size // 8 - 2
    assert logits.shape == (batch, 1, patch, patch)
    assert [feature.shape[1] for feature in features] == [8, 16, 32, 64, 8]


@pytest.mark.parametrize('mode', UPSAMPLING_MODES)
@pytest.mark.parametrize('spectral', [True, False])
def test_every_upsampling_mode_learns(random, mode, spectral):
    label, color = condition(random, 1, 64)
    gen = SpadeGenerator(64, 4, 4, 8, upsampling_mode=mode, spectral=spectral)
    chainer.functions.sum(gen(label, color)).backward()
    assert all(param.grad is not None for param in gen.params())


def test_aspp_changes_the_parameters_alone(random):
    gen = SpadeGenerator(64, 4, 4, 8, aspp_nf=4)
    assert gen(*condition(random, 2, 64)).shape == (2, 3, 64, 64)
    assert gen.count_params() > SpadeGenerator(64, 4, 4, 8).count_params()


@pytest.mark.parametrize('blocks', [0, 2, 5])
def test_color_drives_the_last_blocks(random, blocks):
    gen = SpadeGenerator(64, 4, 4, 8, color_blocks=blocks)
    label, color = condition(random, 2, 64)
    z = gen.draw_noise(2)
    assert numpy.array_equal(paint(gen, (label, color), z), paint(gen, (label, 1 - color), z)) == (blocks == 0)


def test_sizes_that_do_not_double_are_refused():
    with pytest.raises(ValueError, match='100.*start_size 4.*32, 64, 128'):
        block_channels(64, 100, 4)


def test_painting_changes_no_state_and_repeats_itself(random):
    gen = SpadeGenerator(64, 4, 4, 8)
    label, color = condition(random, 2, 64)
    gen(label, color)  # so that running statistics are not what they started as
    before = {name: array.copy() for name, array in arrays_of(gen).items()}
    z = gen.draw_noise(2, numpy.random.default_rng(1))
    first, second = (paint(gen, (label, color), z) for _ in range(2))
    assert numpy.array_equal(first, second)
    for name, array in arrays_of(gen).items():
        assert numpy.array_equal(before[name], array), name


def test_noise_differs_from_draw_to_draw_once_its_weight_is_not_zero(random):
    gen = SpadeGenerator(64, 4, 4, 8)
    for name, param in gen.namedparams():
        if name.endswith('noise_weight'):
            param.array[...] = 1
    label, color = condition(random, 1, 64)
    first, second = (paint(gen, (label, color), gen.draw_noise(1)) for _ in range(2))
    assert not numpy.allclose(first, second)
