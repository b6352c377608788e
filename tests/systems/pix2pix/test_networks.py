import chainer
import numpy
import pytest

from spade_anime.painting import paint
from spade_anime.systems.pix2pix.networks import PatchGAN, UNetGenerator, unet_levels


def convolution(a, b):
    return 4 * 4 * a * b + b


def norm(channels):
    return 2 * channels


def maps(random, batch, size):
    return (random.randint(0, 2, (batch, 4, size, size)).astype('f'), random.rand(batch, 3, size, size).astype('f'))


def test_parameter_counts_of_the_paper():
    encoder = [(3, 64), (64, 128), (128, 256), (256, 512), (512, 512), (512, 512), (512, 512), (512, 512)]
    decoder = [(512, 512), (1024, 512), (1024, 512), (1024, 512), (1024, 256), (512, 128), (256, 64), (128, 3)]
    norms = [128, 256, 512, 512, 512, 512] + [512, 512, 512, 512, 256, 128, 64]
    count = sum(convolution(a, b) for a, b in encoder + decoder) + sum(map(norm, norms))
    assert count == 54_419_459
    assert UNetGenerator(3).count_params() == count


def test_parameter_count_of_the_patch_gan():
    layers = [(6, 64), (64, 128), (128, 256), (256, 512), (512, 1)]
    count = sum(convolution(a, b) for a, b in layers) + norm(128) + norm(256) + norm(512)
    assert count == 2_769_601
    assert PatchGAN(3).count_params() == count


@pytest.mark.parametrize('size, levels', [(32, 5), (64, 6), (128, 7), (256, 8), (512, 8)])
def test_shapes(random, size, levels):
    condition = maps(random, 2, size)
    gen = UNetGenerator(7, size, ngf=1)
    image = gen(*condition)
    assert unet_levels(size) == levels == len(gen.down) == len(gen.up) + 1
    assert image.shape == (2, 3, size, size)
    assert abs(image.array).max() <= 1
    logits, features = PatchGAN(7, ndf=2)(image, *condition)
    patches = size // 8 - 2
    assert logits.shape == (2, 1, patches, patches)
    assert [feature.shape[1:] for feature in features] == [
        (2, size // 2, size // 2), (4, size // 4, size // 4), (8, size // 8, size // 8),
        (16, size // 8 - 1, size // 8 - 1)]


@pytest.mark.parametrize('size', [16, 63, 96, 0])
def test_sizes_that_cannot_be_halved_are_refused(size):
    with pytest.raises(ValueError, match=f'{size} .*power of two'):
        unet_levels(size)


def test_a_logit_sees_seventy_pixels(random):
    dis = PatchGAN(1, ndf=2)
    image = chainer.Variable(random.rand(1, 3, 128, 128).astype('f'))
    with chainer.using_config('train', False):
        logits = dis(image, random.rand(1, 1, 128, 128).astype('f'))[0]
    gradient, = chainer.grad([logits[:, :, 7, 7]], [image])
    rows, columns = numpy.nonzero(gradient.array[0].any(axis=0))
    assert numpy.ptp(rows) + 1 == numpy.ptp(columns) + 1 == 70


def test_a_vector_is_a_stack_of_constant_maps(random):
    vector = random.rand(2, 5).astype('f')
    constant = numpy.broadcast_to(vector[:, :, None, None], (2, 5, 32, 32)).copy()
    gen, dis = UNetGenerator(5, 32, 2), PatchGAN(5, 2)
    z = gen.draw_noise(2)
    image = paint(gen, (vector,), z)
    numpy.testing.assert_array_equal(image, paint(gen, (constant,), z))
    numpy.testing.assert_array_equal(dis(image, vector)[0].array, dis(image, constant)[0].array)


def test_every_parameter_learns(random):
    condition = maps(random, 2, 64)
    gen, dis = UNetGenerator(7, 64, 2), PatchGAN(7, 2)
    gen.cleargrads()
    chainer.functions.sum(dis(gen(*condition), *condition)[0]).backward()
    assert all(abs(param.grad).max() > 0 for param in gen.params())


def test_a_batch_of_one_reaches_the_innermost_level(random):
    gen = UNetGenerator(7, 64, 2)
    label, color = maps(random, 1, 64)
    z = gen.draw_noise(1)
    gen.cleargrads()
    chainer.functions.sum(gen(label, color, z=z) ** 2).backward()
    assert abs(gen.down[-1].W.grad).max() > 0


def test_noise_is_the_dropout_of_three_levels(random):
    gen = UNetGenerator(7, 64, 4)
    z = gen.draw_noise(3, numpy.random.default_rng(0))
    assert [mask.shape for mask in z] == [(3, 32, 2, 2), (3, 32, 4, 4), (3, 16, 8, 8)]
    assert all(set(numpy.unique(mask)) == {0.0, 2.0} and mask.dtype == numpy.float32 for mask in z)
    assert 0.4 < (z[2] > 0).mean() < 0.6
    condition = maps(random, 3, 64)
    first, again, other = (paint(gen, condition, masks) for masks in (z, z, gen.draw_noise(3)))
    numpy.testing.assert_array_equal(first, again)
    assert not numpy.array_equal(first, other)
    assert not numpy.array_equal(paint(gen, condition), paint(gen, condition))


def test_painting_changes_no_state(random):
    gen = UNetGenerator(7, 64, 2)
    condition = maps(random, 2, 64)
    gen(*condition)
    before = {name: value.copy() for name, value in _state(gen)}
    paint(gen, condition)
    assert all(numpy.array_equal(before[name], value) for name, value in _state(gen))


def _state(gen):
    for norm_link in (*gen.down_norms, *gen.up_norms):
        yield f'{norm_link.name} {id(norm_link)} mean', norm_link.avg_mean
        yield f'{norm_link.name} {id(norm_link)} variance', norm_link.avg_var
