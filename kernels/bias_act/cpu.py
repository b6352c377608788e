"""Bias and activation on a CPU: all passes over a block while it is in the cache, on all cores. As ``bias_act``."""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array
from ..runtime.passes import Passes
from ..runtime.threads import scratch


def forward(x: Array, b: Array | None, activation: str, slope: float) -> Array:
    """As ``bias_act.bias_act``."""
    passes = Passes(x)
    y = passes.empty()
    source, target = passes.rows(x), passes.rows(y)
    shifts = None if b is None else passes.spread(b)

    def run(block):
        x, y = source[block.rows], target[block.rows]
        if shifts is not None:
            x = numpy.add(x, shifts[block.channels], out=y)
        if activation == 'tanh':
            numpy.tanh(x, out=y)
        elif activation == 'relu':
            numpy.maximum(x, 0, out=y)
        elif activation == 'leaky_relu':
            numpy.maximum(x, numpy.multiply(x, x.dtype.type(slope), out=scratch('factor', x.shape, x.dtype)), out=y)
        elif x is not y:
            numpy.copyto(y, x)

    passes.run(run)
    return y


def gradient(y: Array, gy: Array, activation: str, slope: float,
             bias_dtype: DTypeLike | None) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_gradient``."""
    passes = Passes(y)
    gx, sums = passes.empty(), passes.sums(1)
    outs, gys, target = map(passes.rows, (y, gy, gx))

    def run(block):
        gx = target[block.rows]
        _times_derivative(gys[block.rows], outs[block.rows], activation, slope, gx)
        if bias_dtype is not None:
            sums[block.sums] = passes.sum(gx)

    passes.run(run)
    return gx, None if bias_dtype is None else sums[0].sum(0).astype(bias_dtype, copy=False)


def double_gradient(y: Array, gy: Array, ggx: Array, ggb: Array | None, activation: str,
                    slope: float) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_double_gradient``."""
    passes = Passes(y)
    ggy = passes.empty()
    gy_of_y = passes.empty() if activation == 'tanh' else ggy
    outs, gys, ggxs, to_gy, to_y = map(passes.rows, (y, gy, ggx, ggy, gy_of_y))
    shifts = None if ggb is None else passes.spread(ggb)

    def run(block):
        y, gy, gg, ggy, gy_of_y = (array[block.rows] for array in (outs, gys, ggxs, to_gy, to_y))
        if shifts is not None:
            gg = numpy.add(gg, shifts[block.channels], out=scratch('sum', gg.shape, gg.dtype))
        if activation == 'tanh':
            numpy.multiply(gg, gy, out=gy_of_y)
            gy_of_y *= y
            gy_of_y *= -2
        _times_derivative(gg, y, activation, slope, ggy)

    passes.run(run)
    return ggy, gy_of_y if activation == 'tanh' else None


def bias_gradient(gy: Array) -> Array:
    """As ``bias_act.bias_gradient``."""
    passes = Passes(gy)
    rows, sums = passes.rows(gy), passes.sums(1)

    def run(block):
        sums[block.sums] = passes.sum(rows[block.rows])

    passes.run(run)
    return sums[0].sum(0)


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
