"""Launches of gradient_penalty.cu."""
import numpy

from ..runtime import layout
from ..runtime.arrays import Array, array_module
from ..runtime.launching import THREADS, blocks, kernel

# In the order of the kernels' numbers.
FORMS = ('square_then_sum', 'sum_then_square')

# Elements a block sums up, and the most blocks that share a sample.
ELEMENTS = 16 * THREADS
PARTS = 128


def gradient_penalty(gradient: Array, form: str) -> tuple[Array, Array]:
    """As ``gradient_penalty.gradient_penalty``; the order of a sample's elements in memory does not matter."""
    xp = array_module(gradient)
    gradient = layout.dense(gradient, layout.is_channels_last(gradient))
    grid, sizes = _sizes(gradient)
    partial = xp.empty((len(gradient), grid[0]), numpy.float32)
    penalty, sums = (xp.empty(len(gradient), numpy.float32) for _ in range(2))
    which = numpy.int32(FORMS.index(form))
    sum_up = kernel('gradient_penalty', 'gradient_penalty', T=gradient.dtype)
    sum_up(grid, (THREADS,), (gradient, partial, *sizes, which))
    total = kernel('gradient_penalty', 'gradient_penalty_total', T=gradient.dtype)
    total((grid[1],), (THREADS,), (partial, penalty, sums, numpy.int32(grid[0]), sizes[1], which))
    return penalty, sums


def gradient_penalty_gradient(gradient: Array, sums: Array, scale: Array, form: str) -> Array:
    """As ``gradient_penalty.gradient_penalty_gradient``."""
    xp = array_module(gradient)
    last = layout.is_channels_last(gradient)
    gradient = layout.dense(gradient, last)
    result = layout.new(gradient, gradient.shape, last)
    vectors = (xp.ascontiguousarray(vector, numpy.float32) for vector in (sums, scale))
    grid, sizes = _sizes(gradient)
    arguments = gradient, *vectors, result, *sizes, numpy.int32(FORMS.index(form))
    kernel('gradient_penalty', 'gradient_penalty_gradient', T=gradient.dtype)(grid, (THREADS,), arguments)
    return result


def _sizes(gradient):
    """Launch of all samples, and what the kernels want to know of them."""
    batch = len(gradient)
    count = gradient.size // batch
    grid = min(blocks(count, ELEMENTS), PARTS), blocks(batch, 1)
    return grid, (numpy.int64(count), numpy.int32(batch))
