"""Leaky ReLU and its gradient (Maas et al. 2013): x where x > 0, slope * x elsewhere; 0 < slope < 1."""
import numpy

from ..runtime.arrays import Array, array_module
from ..runtime.dispatch import implementation
from ..runtime.layout import flat, is_channels_last, new
from ..runtime.threads import parallel, scratch, spans
from . import cuda

# Elements a block: few enough for the cache, many enough that threads do not wait for the interpreter.
BLOCK = 1 << 18


def leaky_relu(x: Array, slope: float, impl: str | None = None) -> Array:
    """Activate ``x``, an array of any shape; ``impl='reference'`` runs the plain formula on NumPy arrays too."""
    way = implementation(impl, x)
    if way == 'reference':
        return array_module(x).maximum(x, x * slope)
    if way == 'cuda':
        return cuda.launch('leaky_relu', slope, x)
    y = _like(x)

    def run(x, y):
        scaled = scratch('leaky_relu', x.shape, x.dtype)
        numpy.multiply(x, slope, out=scaled)
        numpy.maximum(x, scaled, out=y)

    _over_blocks(run, x, y)
    return y


def leaky_relu_gradient(gy: Array, y: Array, slope: float, impl: str | None = None) -> Array:
    """Gradient of the input from that of the output ``y``, whose sign tells where the input was positive."""
    way = implementation(impl, gy)
    if way == 'reference':
        return array_module(gy).where(y > 0, gy, gy * slope)
    if way == 'cuda':
        return cuda.launch('leaky_relu_gradient', slope, gy, y)
    gx = _like(gy)

    def run(gy, y, gx):
        factor = scratch('leaky_relu', y.shape, gy.dtype)
        numpy.greater(y, 0, out=factor, casting='unsafe')
        factor *= 1 - slope
        factor += slope
        numpy.multiply(gy, factor, out=gx)

    _over_blocks(run, gy, y, gx)
    return gx


def _like(array):
    """An uninitialised array that lies in memory as ``array`` does, but without gaps."""
    return new(array, array.shape, is_channels_last(array))


def _over_blocks(run, *arrays):
    last, size = is_channels_last(arrays[0]), arrays[0].size
    lines = [flat(array, last) for array in arrays]
    parallel(lambda span: run(*(line[slice(*span)] for line in lines)), spans(size, -(-size // BLOCK)))
