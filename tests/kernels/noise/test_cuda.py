"""Philox noise: the reference against published answers and distributions, the kernel against the reference."""
import math

import numpy
import pytest

from kernels import noise

SHAPE = (2, 1, 3, 5)


# The known answers that come with Random123 (Salmon et al. 2011).
@pytest.mark.parametrize('counter, key, words', [
    ((0, 0, 0, 0), (0, 0), (0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8)),
    ((0xffffffff,) * 4, (0xffffffff,) * 2, (0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd)),
    ((0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344), (0xa4093822, 0x299f31d0),
     (0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1)),
])
def test_known_answers(counter, key, words):
    assert tuple(noise.philox(counter, key)) == words


def test_a_word_is_no_function_of_its_neighbours():
    counters = numpy.arange(5)
    together = noise.philox((counters, 7, 8, 9), (1, 2))
    numpy.testing.assert_array_equal(together, [noise.philox((c, 7, 8, 9), (1, 2)) for c in counters])


@pytest.mark.parametrize('impl', ['reference', 'cuda'])
def test_normal(device, impl):
    state = device.array(noise.new_state(3))
    sample = device.numpy(noise.normal(state, 1, (4, 1, 100, 250), impl=impl)).astype('d').ravel()
    n = sample.size
    # Five standard errors of each moment of a normal sample.
    for power, (expected, variance) in enumerate([(0, 1), (1, 2), (0, 15), (3, 96)], 1):
        assert abs((sample ** power).mean() - expected) < 5 * (variance / n) ** 0.5
    ordered, places = numpy.sort(sample), numpy.arange(n + 1) / n
    normal = numpy.array([math.erfc(-v / 2 ** 0.5) / 2 for v in ordered])
    distance = max((normal - places[:-1]).max(), (places[1:] - normal).max())
    assert distance * n ** 0.5 < 1.95  # exceeded by one sample in a thousand (Kolmogorov 1933)
    for lag in (1, 2, 4, 250):
        assert abs((sample[lag:] * sample[:-lag]).mean()) < 5 / n ** 0.5


@pytest.mark.parametrize('shape', [(1, 1, 1, 1), (3, 1, 5, 7), (2, 1, 8, 8), (2, 1, 40, 41)])
@pytest.mark.parametrize('dtype, tolerance', [('f', 2e-6), ('e', 1e-3)])
def test_against_the_reference(device, shape, dtype, tolerance):
    state = noise.new_state(0xfedcba9876543210)
    state[2:] = 0xffffffff, 5
    y = noise.normal(device.array(state), 12, shape, dtype, impl='cuda')
    assert (y.shape, y.dtype) == (shape, dtype)
    expected = noise.normal(state, 12, shape, 'd', impl='reference')
    numpy.testing.assert_allclose(device.numpy(y), expected, rtol=tolerance, atol=tolerance)


def test_the_kernel_makes_no_double_precision(device):
    with pytest.raises(TypeError, match='float32 or float16, not float64'):
        noise.normal(device.array(noise.new_state(1)), 0, SHAPE, 'd', impl='cuda')


@pytest.mark.parametrize('impl', [None, 'reference', 'cuda'])
def test_passes_are_counted_where_the_state_lives(device, impl):
    state = noise.new_state(1 << 32 | 2)
    state[2] = 0xfffffffe
    state = device.array(state)
    passes = [noise.advance(state, impl) for _ in range(3)]
    assert [tuple(device.numpy(p)) for p in passes] == [(2, 1, 0xfffffffe, 0), (2, 1, 0xffffffff, 0), (2, 1, 0, 1)]
    assert tuple(device.numpy(state)) == (2, 1, 1, 1)


def test_streams_passes_and_seeds_differ():
    def draw(seed, count, stream):
        state = noise.new_state(seed)
        state[2] = count
        return noise.NoiseStream(state, stream).array(SHAPE)

    draws = [draw(*place) for place in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1))]
    assert all(not numpy.isclose(a, b).any() for i, a in enumerate(draws) for b in draws[:i])
    numpy.testing.assert_array_equal(draw(0, 0, 1), draws[3])


def test_under_sanitizers(sanitizer):
    state = noise.new_state(5)
    noise.advance(state, 'cuda')
    noise.normal(state, 0, SHAPE, 'e', 'cuda')


def test_arguments_are_checked():
    state = noise.new_state(0)
    with pytest.raises(ValueError, match=r'shape \(2, 3, 4, 4\).*has to be \(B, 1, H, W\)'):
        noise.normal(state, 0, (2, 3, 4, 4))
    with pytest.raises(ValueError, match='at least one'):
        noise.normal(state, 0, (0, 1, 4, 4))
    with pytest.raises(ValueError, match='stream -1'):
        noise.normal(state, -1, SHAPE)
    with pytest.raises(ValueError, match=r'float64\(4,\); it has to be uint32'):
        noise.advance(state.astype('d'))
    with pytest.raises(ValueError, match='seed is -1'):
        noise.new_state(-1)
