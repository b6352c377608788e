"""Functions whose kernels run in the emulator, as they do on a GPU: the same values and gradients as on a CPU."""
import importlib

import chainer
import numpy
import pytest
from chainer import functions

from kernels.runtime import dispatch
from spade_anime import losses
from spade_anime.choices import PENALTY_FORMS
from spade_anime.functions.attention import attention_softmax
from spade_anime.functions.pixel_shuffle import pixel_shuffle
from spade_anime.functions.resize import resize
from spade_anime.functions.spectral_norm import SpectralLayers, spectral_normalize

OPS = ['attention', 'gradient_penalty', 'leaky_relu', 'losses', 'pixel_shuffle', 'resize', 'spectral_norm']


@pytest.fixture
def by_kernels(emulator, monkeypatch):
    """A function that makes all of these ops run their kernels from then on."""
    def choose(impl, array, **settings):
        return dispatch.implementation(impl or 'cuda', array, **settings)

    def switch():
        for op in OPS:
            monkeypatch.setattr(importlib.import_module(f'kernels.{op}'), 'implementation', choose)

    return switch


def penalised(function, *shapes):
    """Value, gradient and gradient of the gradient's square, of a function of one array."""
    def run(random):
        x, *rest = (random.normal(size=shape).astype('f') for shape in shapes)
        x = chainer.Variable(x)
        y = function(x, *rest)
        gx, = chainer.grad([functions.sum(y ** 2)], [x], enable_double_backprop=True)
        functions.sum(gx ** 2).backward()
        return y.array, gx.array, x.grad
    return run


def judged(random):
    """A discriminator's loss with its penalty, of a small bilinear form."""
    x, feature = (chainer.Variable(random.normal(size=(2, 3, 4, 4)).astype('f')) for _ in range(2))
    weight = chainer.Variable(random.normal(size=(2, 3, 4, 4)).astype('f'))
    logits = functions.sum(x * x * weight, axis=1, keepdims=True)
    terms = [*losses.discriminator_loss('hinge', logits, -logits), losses.generator_loss('hinge', logits),
             losses.feature_matching([weight], [feature]),
             *(losses.gradient_penalty(logits, x, form) for form in PENALTY_FORMS)]
    sum(terms).backward()
    return [*(term.array for term in terms), weight.grad, feature.grad]


def normalised(random):
    """Convolutions' and a transposed convolution's weights, by themselves and together."""
    arrays = [random.normal(size=shape).astype('f') for shape in ((5, 3, 3, 3), (4, 2, 1, 1), (3, 6, 4, 4))]
    axes = 0, 0, 1
    us = [random.normal(size=array.shape[axis]).astype('f') for array, axis in zip(arrays, axes)]
    Ws = [chainer.Variable(array) for array in arrays]
    apart = [spectral_normalize(*arguments)[0] for arguments in zip(Ws, us, axes)]
    together = SpectralLayers().normalize(Ws, us, axes, update=True)
    sum(functions.sum(w ** 3) for w in (*apart, *together)).backward()
    return [*(w.array for w in (*apart, *together)), *us, *(W.grad for W in Ws)]


RUNS = {'attention': penalised(attention_softmax, (2, 5, 7)),
        'pixel_shuffle': penalised(lambda x, bias: pixel_shuffle(x, bias, 0.2), (2, 8, 3, 5), (8,)),
        'pixel_shuffle_linear': penalised(lambda x: pixel_shuffle(x), (2, 8, 3, 5)),
        'resize': penalised(lambda x: resize(x, (6, 10)), (2, 2, 3, 5)), 'losses': judged, 'spectral_norm': normalised}


@pytest.mark.parametrize('run', RUNS.values(), ids=RUNS)
def test_as_on_a_cpu(by_kernels, run):
    expected = run(numpy.random.RandomState(0))
    by_kernels()
    for actual, desired in zip(run(numpy.random.RandomState(0)), expected, strict=True):
        numpy.testing.assert_allclose(actual, desired, rtol=1e-4, atol=1e-5 * abs(desired).max())
        assert actual.dtype == desired.dtype
