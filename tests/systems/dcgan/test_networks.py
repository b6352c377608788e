import chainer
import chainer.functions as F
import numpy
import pytest

from spade_anime import losses
from spade_anime.painting import paint
from spade_anime.systems.dcgan.networks import DCGANDiscriminator, DCGANGenerator

SMALL = {'image_size': 28, 'gf': 4, 'gfc': 16}


def one_hot(*labels, classes=10):
    return numpy.eye(classes, dtype=numpy.float32)[list(labels)]


def test_parameters_of_the_reference():
    """Of 10 classes, 64 px: layer by layer, weights, then biases or the two vectors of the normalisation."""
    gen, dis = DCGANGenerator(10), DCGANDiscriminator(10)
    maps = 128 * 16 * 16
    assert gen.count_params() == ((100 + 10) * 1024 + 2 * 1024 + (1024 + 10) * maps + 2 * 128
                                  + (128 + 10) * 128 * 25 + 128 + 2 * 128 + (128 + 10) * 3 * 25 + 3)
    assert dis.count_params() == (13 * 13 * 25 + 13 + (13 + 10) * 74 * 25 + 2 * 74
                                  + (74 * 16 * 16 + 10) * 1024 + 2 * 1024 + (1024 + 10) + 1)


@pytest.mark.parametrize('size', [28, 36, 64])
def test_shapes(size):
    gen, dis = DCGANGenerator(10, size, gf=4, gfc=16), DCGANDiscriminator(10, size, df=4, dfc=16)
    y = one_hot(3, 9)
    image = gen(y)
    logits, features = dis(image, y)
    assert image.shape == (2, 3, size, size)
    assert numpy.abs(image.array).max() < 1
    assert logits.shape == (2, 1, 1, 1)
    assert [f.shape for f in features] == [(2, 13, size // 2, size // 2), (2, 14, size // 4, size // 4), (2, 16)]


@pytest.mark.parametrize('upsampling', ['deconv', 'resize'])
def test_more_doublings(upsampling):
    gen = DCGANGenerator(10, 48, gf=4, gfc=16, doublings=4, upsampling=upsampling)
    dis = DCGANDiscriminator(10, 48, df=4, dfc=16, halvings=4)
    image = gen(one_hot(3, 9))
    logits, features = dis(image, one_hot(3, 9))
    assert image.shape == (2, 3, 48, 48) and gen.start == (32, 3, 3) and logits.shape == (2, 1, 1, 1)
    assert [f.shape[1:] for f in features] == [(13, 24, 24), (14, 12, 12), (18, 6, 6), (26, 3, 3), (16,)]


def test_class_and_noise_matter():
    gen = DCGANGenerator(10, **SMALL)
    z = gen.draw_noise(1, numpy.random.default_rng(0))
    assert z.shape == (1, 100) and numpy.abs(z).max() <= 1
    first, same, other_class, other_noise = (paint(gen, (one_hot(label),), noise) for label, noise in
                                             ((0, z), (0, z), (1, z), (0, -z)))
    numpy.testing.assert_array_equal(first, same)
    assert numpy.abs(first - other_class).max() > 0 < numpy.abs(first - other_noise).max()


def test_every_layer_reads_the_class():
    """Weights of the classes shown have gradients in each layer, those of the others have none."""
    gen, classes, shown = DCGANGenerator(10, **SMALL), 10, 4
    image = gen(one_hot(*range(shown)))
    gen.cleargrads()
    F.sum(image * numpy.random.rand(*image.shape).astype(numpy.float32)).backward()
    for layer, axis in ((gen.fc1, 1), (gen.fc2, 1), (gen.deconv1, 0), (gen.deconv2, 0)):
        of_class = numpy.moveaxis(layer.W.grad, axis, 0)[-classes:]
        assert of_class[:shown].any() and not of_class[shown:].any()


def test_gradient_penalty_reaches_all_weights():
    dis = DCGANDiscriminator(10, 28, df=4, dfc=16)
    image = chainer.Variable(numpy.random.uniform(-1, 1, (4, 3, 28, 28)).astype(numpy.float32))
    dis.cleargrads()
    losses.gradient_penalty(dis(image, one_hot(0, 1, 2, 3))[0], image).backward()
    for name in ('conv1', 'conv2', 'fc1', 'fc2'):
        assert numpy.abs(dis[name].W.grad).sum() > 0


def test_skips_paint_from_maps_of_every_size():
    gen = DCGANGenerator(10, 48, gf=4, gfc=16, doublings=3, upsampling='resize', full_size_ch=6)
    image = gen(one_hot(3, 9))
    assert [skip.W.shape[1] for skip in gen.to_image] == [16, 8, 8, 6]
    assert image.shape == (2, 3, 48, 48) and numpy.abs(image.array).max() < 1
    gen.cleargrads()
    F.sum(image * numpy.random.rand(*image.shape).astype(numpy.float32)).backward()
    assert all(numpy.abs(weight.grad).sum() > 0 for weight in gen.params())


def test_a_discriminator_without_normalisation_sees_the_batch():
    """Its verdict on an image changes with the images beside it by the deviation alone."""
    dis = DCGANDiscriminator(10, 28, df=4, dfc=16, batch_norm=False, deviation=True)
    plain = DCGANDiscriminator(10, 28, df=4, dfc=16, batch_norm=False)
    image = chainer.Variable(numpy.random.uniform(-1, 1, (3, 3, 28, 28)).astype(numpy.float32))
    for network, differs in ((dis, True), (plain, False)):
        two, three = (network(image[:count], one_hot(*range(count)))[0].array[0] for count in (2, 3))
        assert (numpy.abs(two - three).max() > 1e-4) == differs
    assert not [name for name, _ in dis.namedparams() if 'norm' in name]
    dis.cleargrads()
    losses.gradient_penalty(dis(image, one_hot(0, 1, 2))[0], image).backward()
    assert all(numpy.abs(dis[name].W.grad).sum() > 0 for name in ('conv1', 'conv2', 'fc1', 'fc2'))
