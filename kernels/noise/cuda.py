"""Launches of noise.cu."""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array, array_module
from ..runtime.launching import THREADS, blocks, kernel


def advance(state: Array, result: Array) -> None:
    """Copy ``state`` to ``result`` and add one to its count of passes."""
    kernel('noise', 'advance_noise', T=numpy.float32)((1,), (32,), (state, result))


def normal(state: Array, stream: int, shape: tuple[int, int, int, int], dtype: DTypeLike) -> Array:
    """As ``noise.normal``."""
    batch, _, height, width = shape
    y = array_module(state).empty(shape, dtype)
    arguments = state, numpy.uint32(stream), y, numpy.int32(batch), numpy.int32(height * width)
    quads = batch * -(-height * width // 4)
    kernel('noise', 'normal_noise', T=y.dtype)((blocks(quads),), (THREADS,), arguments)
    return y
