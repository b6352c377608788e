"""The own kernels and the formulas that they are checked against give the same networks."""
import chainer
import numpy
import pytest

from kernels.runtime.machine import VARIABLE
from spade_anime import losses
from spade_anime.systems.spade.networks import PatchDiscriminator, SpadeGenerator


@pytest.mark.parametrize('train', [True, False])
def test_both_agree(random, monkeypatch, train):
    gen, dis = SpadeGenerator(64, 4, 8, 16), PatchDiscriminator(8)
    label, color = random.rand(2, 4, 64, 64).astype('f'), random.rand(2, 3, 64, 64).astype('f')
    z, results = gen.draw_noise(2), []
    for value in ('', 'reference'):
        monkeypatch.setenv(VARIABLE, value)
        networks = gen.copy('copy'), dis.copy('copy')
        with chainer.using_config('train', train):
            image = chainer.Variable(networks[0](label, color, z).array)
            logits, _ = networks[1](image, label, color)
            penalty = losses.gradient_penalty(logits, image)
            penalty.backward()
        results.append((image.array, logits.array, penalty.array, networks[1].conv2.W.grad))
    for own, plain in zip(*results):
        numpy.testing.assert_allclose(own, plain, rtol=1e-3, atol=1e-4 * abs(plain).max())
