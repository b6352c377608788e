"""kernels/runtime/include/common.cuh part by part."""
from pathlib import Path

import numpy
import pytest

from kernels.runtime.launching import kernel

COMMON = Path(__file__).parents[2] / 'emulator' / 'common.cu'


@pytest.mark.parametrize('threads', [32, 96, 1024])
def test_reductions(emulator, random, threads):
    x, y = random.normal(size=(2, threads)).astype('f') - 3, numpy.empty((2, 3), 'f')
    kernel(COMMON, 'reductions')((2,), (threads,), (x, y))
    expected = numpy.stack([x.sum(1, 'd'), (x.astype('d') ** 2).sum(1), x.max(1)], 1)
    numpy.testing.assert_allclose(y, expected, rtol=1e-5)


def test_reductions_under_sanitizers(sanitizer, random):
    x, y = random.normal(size=(2, 64)).astype('f'), numpy.empty((2, 3), 'f')
    kernel(COMMON, 'reductions')((2,), (64,), (x, y))
    numpy.testing.assert_allclose(y[:, 2], x.max(1))


def test_activations(emulator):
    x = numpy.array([-2, -1e-3, 0, 1e-3, 3], 'f')
    y = numpy.empty((5, 6), 'f')
    kernel(COMMON, 'activations')((1,), (32,), (x, y, numpy.int32(5)))
    positive, tanh = x > 0, numpy.tanh(x.astype('d'))
    expected = [numpy.where(positive, x, x / 4), numpy.where(positive, 1, 0.25), x * positive, positive, tanh,
                1 - tanh ** 2]
    numpy.testing.assert_allclose(y, numpy.stack(expected, 1), rtol=1e-6, atol=1e-7)


# Salmon et al. 2011: the known answers that come with Random123.
@pytest.mark.parametrize('counter, key, words', [
    ((0, 0, 0, 0), (0, 0), (0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)),
    ((0xffffffff,) * 4, (0xffffffff,) * 2, (0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)),
    ((0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344), (0xa4093822, 0x299f31d0),
     (0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)),
])
def test_philox(emulator, counter, key, words):
    y = numpy.empty((32, 4), 'u4')
    kernel(COMMON, 'random_words')((1,), (32,), (y, *numpy.array([*counter, *key], 'u4')))
    assert tuple(y[0]) == words


def test_normals(emulator):
    y = numpy.empty((64 * 256, 4), 'f')
    kernel(COMMON, 'random_normals')((64,), (256,), (y, numpy.uint32(1)))
    count = y.size
    moments = [numpy.mean(y.astype('d') ** power) for power in (1, 2, 3, 4)]
    # Five standard errors of each moment of a normal sample.
    for moment, expected, variance in zip(moments, (0, 1, 0, 3), (1, 2, 15, 96)):
        assert abs(moment - expected) < 5 * (variance / count) ** 0.5
    assert numpy.isfinite(y).all() and abs(numpy.corrcoef(y.T) - numpy.eye(4)).max() < 5 / (count / 4) ** 0.5
