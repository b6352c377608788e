"""Bias and activation on a CPU: all passes over some rows while they are in the cache, on all cores.

As ``bias_act``; a row is one channel of one image, (N * C, pixels).
"""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array
from ..runtime.threads import parallel, portions, scratch

# Numbers a block: small enough for the cache, large enough that threads seldom wait for the interpreter.
BLOCK_SIZE = 1 << 18


def forward(x: Array, b: Array | None, activation: str, slope: float) -> Array:
    """As ``bias_act.bias_act``."""
    y = numpy.empty(x.shape, x.dtype)
    shifts = _shifts(b, x)

    def run(here, x, y):
        if shifts is not None:
            x = numpy.add(x, shifts[here], out=y)
        if activation == 'tanh':
            numpy.tanh(x, out=y)
        elif activation == 'relu':
            numpy.maximum(x, 0, out=y)
        elif activation == 'leaky_relu':
            numpy.maximum(x, numpy.multiply(x, x.dtype.type(slope), out=scratch('factor', x.shape, x.dtype)), out=y)
        elif x is not y:
            numpy.copyto(y, x)

    _over_rows(run, x, y)
    return y


def gradient(y: Array, gy: Array, activation: str, slope: float,
             bias_dtype: DTypeLike | None) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_gradient``."""
    gx = numpy.empty(y.shape, y.dtype)
    sums = numpy.empty(y.shape[0] * y.shape[1], y.dtype)

    def run(here, y, gy, gx):
        _times_derivative(gy, y, activation, slope, gx)
        if bias_dtype is not None:
            # BLAS is thrice as fast as NumPy's own sum.
            numpy.matmul(gx, numpy.ones(gx.shape[1], gx.dtype), out=sums[here])

    _over_rows(run, y, gy, gx)
    return gx, None if bias_dtype is None else sums.reshape(y.shape[:2]).sum(0).astype(bias_dtype, copy=False)


def double_gradient(y: Array, gy: Array, ggx: Array, ggb: Array | None, activation: str,
                    slope: float) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_double_gradient``."""
    ggy = numpy.empty(y.shape, y.dtype)
    gy_of_y = numpy.empty(y.shape, y.dtype) if activation == 'tanh' else ggy
    shifts = _shifts(ggb, y)

    def run(here, y, gy, ggx, ggy, gy_of_y):
        gg = ggx if shifts is None else numpy.add(ggx, shifts[here], out=scratch('sum', ggx.shape, ggx.dtype))
        if activation == 'tanh':
            numpy.multiply(gg, gy, out=gy_of_y)
            gy_of_y *= y
            gy_of_y *= -2
        _times_derivative(gg, y, activation, slope, ggy)

    _over_rows(run, y, gy, ggx, ggy, gy_of_y)
    return ggy, gy_of_y if activation == 'tanh' else None


def _times_derivative(g, y, activation, slope, out) -> None:
    if activation == 'linear':
        numpy.copyto(out, g)
        return
    factor = scratch('factor', y.shape, y.dtype)
    if activation == 'tanh':
        numpy.multiply(y, y, out=factor)
        numpy.subtract(1, factor, out=factor)
    else:
        numpy.greater(y, 0, out=factor, casting='unsafe')
        if activation == 'leaky_relu':
            factor *= factor.dtype.type(1 - slope)
            factor += factor.dtype.type(slope)
    numpy.multiply(g, factor, out=out)


def _shifts(b, x):
    """One number a row, (N * C, 1)."""
    return None if b is None else numpy.tile(b.astype(x.dtype, copy=False), len(x))[:, None]


def _over_rows(run, *arrays) -> None:
    rows = [numpy.ascontiguousarray(array).reshape(array.shape[0] * array.shape[1], -1) for array in arrays]

    def block(span):
        here = slice(*span)
        run(here, *(array[here] for array in rows))

    parallel(block, portions(len(rows[0]), rows[0].size, BLOCK_SIZE))
