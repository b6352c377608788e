"""Standard normal noise, one channel a pixel, as a function of counters: Philox4x32-10 and Box & Muller.

Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, 2011; Box & Muller 1958. Four neighbouring
pixels share the counter (quad, stream, pass low, pass high) under the key (seed low, seed high): any of them can be
made again at any time, so none has to be stored. A state is (4,) uint32: seed low and high, pass low and high.
"""
import dataclasses
from types import ModuleType

import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array, array_module
from ..runtime.dispatch import implementation
from . import cuda

MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
WEYL = 0x9E3779B9, 0xBB67AE85
WORD = 0xFFFFFFFF
QUADS = 1 << 32


@dataclasses.dataclass(frozen=True)
class NoiseStream:
    """Noise of one layer in one pass: the pass' copy of the state, (4,) uint32, and the layer's number in the pass."""

    state: Array
    stream: int

    def array(self, shape: tuple[int, int, int, int], dtype: DTypeLike = numpy.float32,
              impl: str | None = None) -> Array:
        """The noise written out, (B, 1, H, W), where the state lives."""
        return normal(self.state, self.stream, shape, dtype, impl)


def new_state(seed: int, xp: ModuleType = numpy) -> Array:
    """A state for ``seed`` (64 bits) that has drawn nothing yet, an array of the module ``xp``."""
    if not 0 <= seed <= WORD << 32 | WORD:
        raise ValueError(f'seed is {seed}; it has to be an integer from 0 to 2 ** 64 - 1')
    return xp.asarray(numpy.array([seed & WORD, seed >> 32, 0, 0], numpy.uint32))


def advance(state: Array, impl: str | None = None) -> Array:
    """Return a copy of ``state`` for one pass, and add one to its count of passes in place, without a host read."""
    _check_state(state)
    result = array_module(state).empty_like(state)
    if implementation(impl, state, ('uint32',)) == 'cuda':
        cuda.advance(state, result)
        return result
    result[...] = state
    state[2:3] += 1
    state[3:] += state[2:3] == 0
    return result


def normal(state: Array, stream: int, shape: tuple[int, int, int, int], dtype: DTypeLike = numpy.float32,
           impl: str | None = None) -> Array:
    """Standard normal numbers (B, 1, H, W), ``shape``, of one stream (32 bits) of the pass that ``state`` names.

    ``dtype`` is that of the result. ValueError for another shape, stream or state.
    """
    _check_state(state)
    batch, channels, height, width = shape
    quads = -(-height * width // 4)
    if channels != 1 or not 0 < batch * quads < QUADS or not 0 <= stream <= WORD:
        raise ValueError(f'noise of shape {tuple(shape)}, stream {stream}: the shape has to be (B, 1, H, W) of at '
                         'least one and at most 2 ** 34 pixels, the stream from 0 to 2 ** 32 - 1')
    xp = array_module(state)
    # Chosen by the type of the result; the state is words.
    if implementation(impl, state, dtype=dtype) == 'cuda':
        return cuda.normal(state, stream, shape, dtype)
    numbers = _box_muller(xp, philox((xp.arange(batch * quads), stream, state[2], state[3]), state[:2]))
    return numbers.reshape(batch, 4 * quads)[:, :height * width].reshape(shape).astype(dtype)


def philox(counter: tuple, key: tuple | Array) -> Array:
    """Four random words of a counter of four words and a key of two, (..., 4) uint32; words are integers or arrays.

    A round multiplies two words of the counter and mixes the products' halves with the other two and the key.
    """
    xp = array_module(*counter, *key)
    a, b, c, d = (xp.asarray(word).astype(numpy.uint64) for word in counter)
    k, m = (xp.asarray(word).astype(numpy.uint64) for word in key)
    for _ in range(10):
        first, second = a * MULTIPLIERS[0], c * MULTIPLIERS[1]
        a, b, c, d = second >> 32 ^ b ^ k, second & WORD, first >> 32 ^ d ^ m, first & WORD
        k, m = k + WEYL[0] & WORD, m + WEYL[1] & WORD
    return xp.stack(xp.broadcast_arrays(a, b, c, d), -1).astype(numpy.uint32)


def _box_muller(xp, words):
    """Normal numbers of words (n, 4), in double precision: those of words 0, 1 and of 2, 3, cosine and sine each."""
    fractions = (words >> 8).reshape(-1, 2).astype(numpy.float64)
    radius = xp.sqrt(-2 * xp.log((fractions[:, 0] + 1) / 2 ** 24))
    angle = fractions[:, 1] * (2 * numpy.pi / 2 ** 24)
    return xp.stack((radius * xp.cos(angle), radius * xp.sin(angle)), -1)


def _check_state(state) -> None:
    if state.shape != (4,) or state.dtype != numpy.uint32:
        raise ValueError(f'the state of the noise is {state.dtype}{state.shape}; it has to be uint32 (4,)')
