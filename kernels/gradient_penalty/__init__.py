"""Zero-centred gradient penalty of each sample (Mescheder et al. 2018, arXiv:1801.04406, equation 9).

``square_then_sum``: ``|g|^2``, the squared norm of the image gradient g; ``sum_then_square``: ``(sum g)^2``, the
lineage's. Sums are in single precision at least, whatever the storage.
"""
import numpy

from ..runtime import layout
from ..runtime.arrays import Array, array_module
from ..runtime.dispatch import implementation
from . import cpu, cuda
from .cuda import FORMS


def gradient_penalty(gradient: Array, form: str = 'square_then_sum', impl: str | None = None) -> tuple[Array, Array]:
    """``(penalty, sums)``, both (B,), of ``gradient`` (B, ...).

    ``sums`` are of the squares or of the elements: ``gradient_penalty_gradient`` needs them. Both are float32, or
    float64 where ``gradient`` is. ValueError for an unknown form or an empty array.
    """
    _check(gradient, form)
    way = implementation(impl, gradient)
    if way == 'cuda':
        return cuda.gradient_penalty(gradient, form)
    flat = layout.flat(gradient, layout.is_channels_last(gradient)).reshape(len(gradient), -1)
    dtype = numpy.promote_types(flat.dtype, 'f')
    if form == 'sum_then_square':
        sums = flat.sum(1, dtype=dtype)
        return sums ** 2, sums
    wide = flat.astype(dtype, copy=False)
    sums = cpu.squares(wide) if way == 'cpu' else array_module(wide).square(wide).sum(1)
    return sums, sums


def gradient_penalty_gradient(gradient: Array, sums: Array, scale: Array, form: str = 'square_then_sum',
                              impl: str | None = None) -> Array:
    """Gradient of ``gradient`` (B, ...) from that of the penalty, ``scale`` (B,): 2 scale g, or 2 scale sum g."""
    _check(gradient, form)
    for name, vector in (('sums', sums), ('scale', scale)):
        if vector.shape != gradient.shape[:1]:
            raise ValueError(f'{name} is {vector.shape}; it has to be {gradient.shape[:1]}, one a sample')
    if implementation(impl, gradient) == 'cuda':
        return cuda.gradient_penalty_gradient(gradient, sums, scale, form)
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
