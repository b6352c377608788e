"""Zero-centred gradient penalty of each sample (Mescheder et al. 2018, arXiv:1801.04406, equation 9).

``square_then_sum``: ``|g|^2``, the squared norm of the image gradient g; ``sum_then_square``: ``(sum g)^2``, the
lineage's. Sums are in single precision at least, whatever the storage.
"""
import numpy

from ..runtime import layout
from ..runtime.arrays import array_module, implementation
from ..runtime.launching import THREADS, blocks, kernel
from ..runtime.threads import parallel

FORMS = ('square_then_sum', 'sum_then_square')

# Elements a block sums up, and the most blocks that share a sample.
ELEMENTS = 16 * THREADS
PARTS = 128


def gradient_penalty(gradient, form: str = 'square_then_sum', impl: str | None = None) -> tuple:
    """``(penalty, sums)``, both (B,), of ``gradient`` (B, ...).

    ``sums`` are of the squares or of the elements: ``gradient_penalty_gradient`` needs them. Both are float32, or
    float64 where ``gradient`` is. ValueError for an unknown form or an empty array.
    """
    _check(gradient, form)
    way = implementation(impl, gradient)
    if way == 'cuda':
        return _launch(gradient, form)
    xp = array_module(gradient)
    flat = gradient.reshape(len(gradient), -1)
    dtype = numpy.promote_types(flat.dtype, 'f')
    if form == 'sum_then_square':
        sums = flat.sum(1, dtype=dtype)
        return sums ** 2, sums
    if way == 'reference':
        sums = xp.square(flat.astype(dtype, copy=False)).sum(1)
    else:
        sums = numpy.empty(len(flat), dtype)

        def run(sample):
            row = flat[sample].astype(dtype, copy=False)
            sums[sample] = numpy.dot(row, row)

        parallel(run, range(len(flat)))
    return sums, sums


def gradient_penalty_gradient(gradient, sums, scale, form: str = 'square_then_sum', impl: str | None = None):
    """Gradient of ``gradient`` (B, ...) from that of the penalty, ``scale`` (B,): 2 scale g, or 2 scale sum g."""
    _check(gradient, form)
    for name, vector in (('sums', sums), ('scale', scale)):
        if vector.shape != gradient.shape[:1]:
            raise ValueError(f'{name} is {vector.shape}; it has to be {gradient.shape[:1]}, one a sample')
    if implementation(impl, gradient) == 'cuda':
        return _launch_gradient(gradient, sums, scale, form)
    xp = array_module(gradient)
    shape = len(gradient), *[1] * (gradient.ndim - 1)
    if form == 'square_then_sum':
        return gradient * (2 * scale).astype(gradient.dtype).reshape(shape)
    filling = (2 * scale * sums).astype(gradient.dtype).reshape(shape)
    return xp.broadcast_to(filling, gradient.shape).copy()


def _check(gradient, form):
    if form not in FORMS:
        raise ValueError(f'form is {form!r}; it may be one of {", ".join(FORMS)}')
    if gradient.ndim < 1 or not gradient.size:
        raise ValueError(f'the gradient has shape {gradient.shape}; it has to be (B, ...), none of them 0')


def _sizes(gradient):
    """Launch of all samples, and what the kernels want to know of them."""
    batch = len(gradient)
    count = gradient.size // batch
    grid = min(blocks(count, ELEMENTS), PARTS), blocks(batch, 1)
    return grid, (numpy.int64(count), numpy.int32(batch))


def _launch(gradient, form):
    """Run gradient_penalty.cu; the order of a sample's elements in memory does not matter."""
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


def _launch_gradient(gradient, sums, scale, form):
    xp = array_module(gradient)
    last = layout.is_channels_last(gradient)
    gradient = layout.dense(gradient, last)
    result = layout.new(gradient, gradient.shape, last)
    vectors = (xp.ascontiguousarray(vector, numpy.float32) for vector in (sums, scale))
    grid, sizes = _sizes(gradient)
    arguments = gradient, *vectors, result, *sizes, numpy.int32(FORMS.index(form))
    kernel('gradient_penalty', 'gradient_penalty_gradient', T=gradient.dtype)(grid, (THREADS,), arguments)
    return result
