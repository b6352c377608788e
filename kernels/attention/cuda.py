"""Launches of attention.cu."""
import numpy

from ..runtime.arrays import Array, array_module
from ..runtime.launching import THREADS, blocks, kernel
from ..runtime.layout import LARGEST

# Columns that a block of the kernel takes.
WIDTH = 16


def launch(function: str, scale: float, *arrays: Array) -> Array:
    """Run a kernel of attention.cu on scores (B, I, J)."""
    xp = array_module(*arrays)
    arrays = [xp.ascontiguousarray(array) for array in arrays]
    result = xp.empty(arrays[0].shape, arrays[0].dtype)
    batch, rows, columns = result.shape
    tiles = batch * -(-columns // WIDTH)
    if max(tiles, rows, columns) > LARGEST:
        raise ValueError(f'scores of shape {result.shape} have more rows or columns than the kernel can count')
    sizes = (numpy.int32(size) for size in (tiles, rows, columns))
    kernel('attention', function, T=result.dtype)((blocks(tiles, 1),), (THREADS,),
                                                  (*arrays, result, numpy.float32(scale), *sizes))
    return result
