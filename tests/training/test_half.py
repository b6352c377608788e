"""Networks stored in half precision, by the formulas: their kernels have emulator tests of their own."""
import dataclasses

import numpy
import pytest
from small_updaters import samples, training

from kernels.runtime.machine import using
from spade_anime.painting import paint
from spade_anime.training.half import as_stored, store_in_half
from spade_anime.training.updater import GANUpdater


@pytest.fixture(autouse=True)
def formulas():
    with using(kernels='reference'):
        yield


@pytest.fixture
def half(monkeypatch):
    updater, gen, dis = training(GANUpdater)
    store_in_half(gen)
    store_in_half(dis)
    updater.dtype = numpy.float16
    drawn = gen.draw_noise
    monkeypatch.setattr(gen, 'draw_noise', lambda *given: [
        [noise.astype(numpy.float16) for noise in noises] for noises in drawn(*given)])
    return updater, gen


@pytest.mark.parametrize('mode', ['hinge', 'bce', 'mse', 'wgan'])
def test_losses_and_gradients_are_near_those_in_single_precision(half, mode):
    """Adam is left out: on half parameters it works through single-precision copies, on a GPU alone."""
    updater, gen = half
    single, *_ = training(GANUpdater)
    for each in (updater, single):
        each.objective.options = dataclasses.replace(each.objective.options, adv_loss_mode=mode)
    batch, wide = updater.batch('main'), single.batch('main')
    for side in ('discriminator_terms', 'generator_terms'):
        found = getattr(updater.objective, side)(*batch)
        expected = getattr(single.objective, side)(*wide)
        assert found.keys() == expected.keys()
        for name, term in expected.items():
            assert found[name].dtype == numpy.float32
            assert float(found[name].array) == pytest.approx(float(term.array), rel=0.05, abs=0.02), name
    sum(found.values()).backward()
    assert {param.grad.dtype for param in gen.params()} == {numpy.dtype(numpy.float16)}


def test_pictures_are_single_precision(half):
    _, gen = half
    _, label, color = samples(1)[0]
    painted = paint(gen, (label[None], color[None]), gen.draw_noise(1))
    assert painted.dtype == numpy.float32 and numpy.isfinite(painted).all()


def test_whole_numbers_stay_what_they_are():
    assert as_stored(numpy.zeros(3, numpy.int32), numpy.float16).dtype == numpy.int32
