"""Generators of all systems, exported and run, against Chainer."""
import numpy
import pytest
from from_systems import of_system

from spade_anime.exporting.engines import OnnxPainter, onnx_model
from spade_anime.painting import paint

AttributeGenerator = of_system('attribute.networks.AttributeGenerator')
DCGANGenerator = of_system('dcgan.networks.DCGANGenerator')
UNetGenerator = of_system('pix2pix.networks.UNetGenerator')
StageOneGenerator = of_system('stackgan.networks.StageOneGenerator')
StageTwoGenerator = of_system('stackgan.networks.StageTwoGenerator')


def stage_one():
    return StageOneGenerator(32, 4, 6, 5, 3)


pytest.importorskip('onnxruntime', reason='the extra onnx is not installed')
SYSTEMS = {
    'dcgan': (lambda: DCGANGenerator(3, 16, 5, 4, 8), [(3,)]),
    'attribute': (lambda: AttributeGenerator(3, 16, 4, 5), [(3,)]),
    'attribute, every layer': (lambda: AttributeGenerator(3, 16, 4, 5, True), [(3,)]),
    'pix2pix, maps': (lambda: UNetGenerator(7, 32, 4), [(4, 32, 32), (3, 32, 32)]),
    'pix2pix, tags': (lambda: UNetGenerator(3, 32, 4), [(3,)]),
    'stackgan, stage I': (stage_one, [(6,)]),
    'stackgan, stage II': (lambda: StageTwoGenerator(stage_one(), 64, 4, 1), [(6,)]),
}


@pytest.mark.parametrize('system', SYSTEMS)
@pytest.mark.parametrize('batch', [1, 3])
def test_paints_what_chainer_paints(random, system, batch):
    make, shapes = SYSTEMS[system]
    gen = make()
    for link in gen.links():
        if hasattr(link, 'avg_var'):
            link.avg_var[...] = random.uniform(0.5, 2, link.avg_var.shape)
    condition = tuple(random.uniform(size=(batch, *shape)).astype('f') for shape in shapes)
    z = gen.draw_noise(batch, numpy.random.default_rng(2))
    painted = OnnxPainter(onnx_model(gen, shapes)).paint(condition, z)
    numpy.testing.assert_allclose(painted, paint(gen, condition, z), atol=1e-5)
