"""The networks with every convolution by cuDNN's stand-in, as they run on a GPU."""
import chainer
import numpy
import pytest
from cudnn_stand_in import FrontEnd, Runtime

from kernels import convolution
from kernels.convolution.case import SHAPES, Shape
from kernels.convolution.cudnn import engine
from spade_anime import losses
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator


@pytest.fixture
def by_cudnn(monkeypatch):
    """A function after which all convolutions go by the stand-in, which it returns."""
    runtime = Runtime()
    front = FrontEnd(runtime)

    def switch():
        monkeypatch.setattr(convolution, '_implementation', lambda impl, array: 'cudnn')
        return front

    with engine.use(front, runtime):
        yield switch
    runtime.check()


def step(gen, dis, label, color, z):
    """An image, its logits, and gradients of both networks' weights, the discriminator's of a penalty too."""
    image = gen(label, color, z)
    logits, features = dis(image, label, color)
    loss = losses.generator_loss('hinge', logits) + losses.gradient_penalty(logits, image)
    loss.backward()
    return [image.array, logits.array, *(network[name].W.grad for network, name in
                                         ((gen, 'head'), (gen, 'to_image'), (dis, 'conv1'), (dis, 'conv4'))),
            gen.blocks[0].conv1.b.grad, gen.label_mapping.conv4.W.grad]


def test_networks_agree_with_the_cpu(random, by_cudnn):
    gen, dis = SpadeGenerator(64, 4, 2, 8), PatchDiscriminator(4)
    label, color = random.rand(2, 4, 64, 64).astype('f'), random.rand(2, 3, 64, 64).astype('f')
    arguments = label, color, gen.draw_noise(2)
    copies = gen.copy('copy'), dis.copy('copy')
    expected = step(gen, dis, *arguments)
    front = by_cudnn()
    for actual, desired in zip(step(*copies, *arguments), expected, strict=True):
        numpy.testing.assert_allclose(actual, desired, rtol=1e-3, atol=1e-4 * abs(desired).max())
    made = len(front.graphs)
    step(*copies, *arguments)
    assert len(front.graphs) == made


def test_shapes_are_those_of_the_networks(monkeypatch):
    found = set()

    def convolve(x, W, b=None, stride=1, pad=0, dilate=1):
        found.add(Shape(W.shape[1], W.shape[0], x.shape[2], W.shape[2], stride, pad, dilate))
        size = convolution.output_size(x.shape[2:], W.shape[2:], stride, pad, dilate)
        return numpy.zeros((len(x), len(W), *size), numpy.float32)

    monkeypatch.setattr(convolution, 'convolve', convolve)
    monkeypatch.setattr(convolution, 'convolve_shared', lambda x, Ws, bs, pad: tuple(
        convolve(x, W, b, 1, pad) for W, b in zip(Ws, bs)))
    label, color = (numpy.zeros((1, channels, 256, 256), numpy.float32) for channels in (4, 3))
    with chainer.using_config('train', False), chainer.no_backprop_mode():
        PatchDiscriminator()(SpadeGenerator()(label, color), label, color)
    assert found == set(SHAPES)
