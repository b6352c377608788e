"""Networks of the attribute GAN: shapes, and parameters counted by hand."""
import chainer
import numpy
import pytest

from spade_anime import losses
from spade_anime.systems.attribute.networks import AttributeDiscriminator, AttributeGenerator, doublings

DECONVS = 25 * (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 512 + 256 + 128 + 64 + 3
CONVS = 25 * (3 * 64 + 64 * 128 + 128 * 256 + 256 * 512 + 512 * 1024) + 64 + 128 + 256 + 512 + 1024


@pytest.fixture
def empty(monkeypatch):
    """Weights without the time it takes to draw them: only their shapes are asked for."""
    monkeypatch.setattr('chainer.initializers.Normal.__call__', lambda self, array: None)


def test_generator_of_the_reference(empty):
    gen = AttributeGenerator()
    assert gen.project.W.shape == (4 * 4 * 1024, 102 + 10)
    assert [deconv.W.shape for deconv in gen.deconvs] == [
        (1024, 512, 5, 5), (512, 256, 5, 5), (256, 128, 5, 5), (128, 64, 5, 5), (64, 3, 5, 5)]
    norms = 2 * (1024 + 512 + 256 + 128 + 64)
    assert gen.count_params() == 4 * 4 * 1024 * 112 + norms + DECONVS == 19_252_739


def test_discriminator_of_the_reference(empty):
    dis = AttributeDiscriminator()
    assert [conv.W.shape for conv in dis.convs] == [
        (64, 3, 5, 5), (128, 64, 5, 5), (256, 128, 5, 5), (512, 256, 5, 5), (1024, 512, 5, 5)]
    norms = 2 * (128 + 256 + 512 + 1024 + 1024)
    join = (1024 + 102) * 1024 + 1024 + 16 * 1024 + 1
    assert dis.count_params() == CONVS + norms + join == 18_591_105


@pytest.mark.parametrize('every_layer', [False, True])
@pytest.mark.parametrize('size', [8, 32])
def test_shapes(size, every_layer):
    gen = AttributeGenerator(3, size, 2, 5, every_layer)
    dis = AttributeDiscriminator(3, size, 2, every_layer)
    attributes = numpy.eye(3, dtype=numpy.float32)
    image = gen(attributes)
    assert image.shape == (3, 3, size, size) and abs(image.array).max() <= 1
    logits, features = dis(image, attributes)
    assert logits.shape == (3, 1, 1, 1)
    assert [feature.shape[2] for feature in features] == [size >> n for n in range(1, doublings(size) + 1)]


@pytest.mark.parametrize('every_layer', [False, True])
@pytest.mark.parametrize('batch_norm', [False, True])
def test_logits_depend_on_the_attributes(random, every_layer, batch_norm):
    dis = AttributeDiscriminator(4, 16, 4, every_layer, batch_norm)
    image = random.uniform(-1, 1, (2, 3, 16, 16)).astype(numpy.float32)
    attributes = numpy.zeros((2, 4), numpy.float32)
    with chainer.using_config('train', False):
        assert abs((dis(image, attributes)[0] - dis(image, 1 - attributes)[0]).array).min() > 1e-6


def test_noise_of_a_given_generator_repeats():
    gen = AttributeGenerator(2, 8, 2, z_size=6)
    first, second = (gen.draw_noise(3, numpy.random.default_rng(1)) for _ in range(2))
    assert first.shape == (3, 6)
    numpy.testing.assert_array_equal(first, second)
    with chainer.using_config('train', False):
        a, b = (gen(numpy.ones((3, 2), numpy.float32), z).array for z in (first, second))
    numpy.testing.assert_array_equal(a, b)


@pytest.mark.parametrize('batch_norm', [False, True])
def test_discriminator_bears_the_gradient_penalty(random, batch_norm):
    dis = AttributeDiscriminator(2, 16, 2, batch_norm=batch_norm, shift=2)
    image = chainer.Variable(random.uniform(-1, 1, (2, 3, 16, 16)).astype(numpy.float32))
    dis.cleargrads()
    losses.gradient_penalty(dis(image, numpy.eye(2, dtype=numpy.float32))[0], image).backward()
    assert abs(dis.convs[0].W.grad).max() > 0


@pytest.mark.parametrize('size', [4, 100, 96])
def test_sizes_that_do_not_double(size):
    with pytest.raises(ValueError, match=f'{size}.*8, 16, 32, 64'):
        doublings(size)


def test_shifted_images_are_seen_in_training_alone(random):
    dis = AttributeDiscriminator(2, 16, 2, batch_norm=False, shift=2)
    image = random.uniform(-1, 1, (1, 3, 16, 16)).astype(numpy.float32)
    seen = {float(dis(image, numpy.zeros((1, 2), numpy.float32))[0].array.item()) for _ in range(100)}
    assert 15 <= len(seen) <= 25
    with chainer.using_config('train', False):
        assert len({float(dis(image, numpy.zeros((1, 2), numpy.float32))[0].array.item()) for _ in range(9)}) == 1
    for _ in range(9):
        moved = dis._shifted(image).array[0]
        assert any(numpy.array_equal(moved[:, 4:12, 4:12], image[0, :, 4 + y:12 + y, 4 + x:12 + x])
                   for y in range(-2, 3) for x in range(-2, 3))


def test_skips_and_deviation():
    gen = AttributeGenerator(3, 32, 4, 5, upsampling='resize', full_size_ch=6)
    dis = AttributeDiscriminator(3, 32, 2, batch_norm=False, deviation=True)
    image = gen(numpy.eye(3, dtype=numpy.float32))
    assert image.shape == (3, 3, 32, 32) and abs(image.array).max() <= 1
    assert [skip.W.shape[1] for skip in gen.to_image] == [16, 8, 4, 6]
    assert dis.join.W.shape[1] == 8 + 1 + 3
    logits, _ = dis(image, numpy.eye(3, dtype=numpy.float32))
    gen.cleargrads()
    logits.grad = numpy.ones_like(logits.array)
    logits.backward()
    assert all(numpy.abs(skip.W.grad).sum() > 0 for skip in gen.to_image)
