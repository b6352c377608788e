"""Softmax of attention scores over their first index (Zhang et al. 2019, arXiv:1805.08318), scaled in the same pass."""
from ..runtime.arrays import Array, array_module, check_same
from ..runtime.dispatch import implementation
from . import cuda


def softmax(x: Array, scale: float = 1.0, impl: str | None = None) -> Array:
    """``y[b, i, j] = exp(scale x[b, i, j]) / sum over k of exp(scale x[b, k, j])`` for ``x`` (B, I, J).

    ``scale`` is positive. ValueError where an array is empty or has not three axes, here and below.
    """
    _check(x)
    if implementation(impl, x) == 'cuda':
        return cuda.launch('softmax', scale, x)
    y = x - x.max(1, keepdims=True)
    _scale(y, scale)
    array_module(x).exp(y, out=y)
    y /= y.sum(1, keepdims=True)
    return y


def softmax_gradient(y: Array, gy: Array, scale: float = 1.0, impl: str | None = None) -> Array:
    """``scale y (gy - <y, gy>)``: gradient of x from that of the output ``y``, sums over the first index."""
    _check(y)
    check_same('softmax_gradient', y=y, gy=gy)
    if implementation(impl, y) == 'cuda':
        return cuda.launch('softmax_gradient', scale, y, gy)
    gx = y * gy
    array_module(y).subtract(gy, gx.sum(1, keepdims=True), out=gx)
    gx *= y
    return _scale(gx, scale)


def softmax_second_gradient(y: Array, gy: Array, ggx: Array, scale: float = 1.0, impl: str | None = None) -> Array:
    """``scale (ggx (gy - <y, gy>) - gy <y, ggx>)``: gradient of ``y`` in ``softmax_gradient`` from its result's.

    That of ``gy`` is ``softmax_gradient(y, ggx)``.
    """
    _check(y)
    check_same('softmax_second_gradient', y=y, gy=gy, ggx=ggx)
    if implementation(impl, y) == 'cuda':
        return cuda.launch('softmax_second_gradient', scale, y, gy, ggx)
    product = y * ggx
    second = product.sum(1, keepdims=True)
    xp = array_module(y)
    first = xp.multiply(y, gy, out=product).sum(1, keepdims=True)
    result = xp.subtract(gy, first, out=product)
    result *= ggx
    result -= gy * second
    return _scale(result, scale)


def _scale(array, scale):
    if scale != 1:
        array *= array.dtype.type(scale)
    return array


def _check(x) -> None:
    if x.ndim != 3 or not x.size:
        raise ValueError(f'the scores have shape {x.shape}; it has to be (B, I, J), none of them 0')
