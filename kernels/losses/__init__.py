"""Losses that are means of simple terms, with their gradients found on the way.

Each term's slope by its input is -1, 0 or 1. It is kept as one byte: backward neither reads the inputs nor compares
them again.
"""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array, array_module, check_same
from ..runtime.dispatch import implementation
from . import cpu, cuda

HINGE_KINDS = ('real', 'fake', 'generator')


def hinge(logits: Array, kind: str, impl: str | None = None) -> tuple[Array, Array]:
    """``(value, slopes)`` of the hinge loss (Lim & Ye 2017, arXiv:1705.02894), mean over ``logits`` of any shape.

    ``kind``: 'real' ``max(1 - x, 0)``, 'fake' ``max(1 + x, 0)``, 'generator' ``-x``. ``value`` is a zero-dimensional
    array on the device, float32, or float64 where ``logits`` is; ``slopes`` is int8 and lies in memory as ``logits``.
    """
    if kind not in HINGE_KINDS:
        raise ValueError(f'kind is {kind!r}; it may be one of {", ".join(HINGE_KINDS)}')
    _check(logits)
    if implementation(impl, logits) == 'cuda':
        return cuda.launch('hinge', (logits,), numpy.int32(HINGE_KINDS.index(kind)))
    xp = array_module(logits)
    wide = logits.astype(_wide(logits), copy=False)
    if kind == 'generator':
        return xp.asarray(-wide.mean()), xp.full(logits.shape, -1, numpy.int8)
    sign = 1 if kind == 'fake' else -1
    terms = xp.maximum(1 + sign * wide, 0)
    return xp.asarray(terms.mean()), (terms > 0).astype(numpy.int8) * numpy.int8(sign)


def absolute_difference(x: Array, target: Array, impl: str | None = None) -> tuple[Array, Array]:
    """``(value, slopes)`` of the mean of ``|x - target|``, arrays of one shape and type; as in ``hinge``."""
    _check(x)
    check_same('absolute_difference', x=x, target=target)
    way = implementation(impl, x)
    if way == 'cuda':
        return cuda.launch('absolute_difference', (x, target))
    if way == 'cpu':
        return cpu.absolute_difference(x, target)
    xp = array_module(x)
    difference = x.astype(_wide(x), copy=False) - target.astype(_wide(x), copy=False)
    return xp.asarray(abs(difference).mean()), xp.sign(difference).astype(numpy.int8)


def slopes_gradient(slopes: Array, gradient: Array, dtype: DTypeLike, impl: str | None = None) -> Array:
    """``slopes * gradient / size`` in ``dtype``, from the ``gradient`` of the value, a zero-dimensional array."""
    dtype = numpy.dtype(dtype)
    # Chosen by the type of the result, which is the input's; the slopes are bytes.
    if implementation(impl, slopes, dtype=dtype) == 'cuda':
        return cuda.slopes_gradient(slopes, gradient, dtype)
    return slopes * (gradient / slopes.size).astype(dtype)


def _wide(array):
    return numpy.promote_types(array.dtype, 'f')


def _check(array):
    if not array.size:
        raise ValueError(f'an array of shape {array.shape} has no mean')
