"""Launches of resize.cu."""
import functools

import numpy

from ..runtime import layout
from ..runtime.arrays import Array
from ..runtime.launching import blocks, kernel
from .matrices import check_mode, matrix

# The kernel's names of the modes, the taps it keeps in registers, planes a thread does, and the longest side for
# which its integers suffice.
MODES = {('nearest', False): 0, ('area', False): 1, ('bilinear', False): 2, ('bilinear', True): 3}
TAPS = 2, 4
PLANES = 8
LONGEST = 1 << 14


def launch(x: Array, size: tuple[int, int], how: tuple[str, bool], axes: list[tuple], transposed: bool) -> Array:
    """Run resize.cu; the result lies in memory as ``x`` does."""
    check_mode(how[0])
    if min(*x.shape, *size) < 1 or max(*x.shape[-2:], *size) > LONGEST:
        raise ValueError(f'resizing takes sides of 1 to {LONGEST} and no empty array, not {x.shape} to {size}')
    last = layout.is_channels_last(x)
    x = layout.dense(x, last)
    y = layout.new(x, (*x.shape[:-2], *size), last)
    images, channels = x.shape[:2] if x.ndim == 4 else (1, x.size // (x.shape[-2] * x.shape[-1]))
    pixels = size[0] * size[1]
    if images * (pixels if last else channels) > layout.LARGEST:
        raise ValueError(f'{x.shape} to {size} has more planes or pixels than the kernel can count')
    if last:
        pack = 16 // x.itemsize
        block = layout.flat_block(channels if channels % pack else channels // pack)
        grid = blocks(images * pixels, block[1]),
    else:
        block = layout.flat_block(pixels)
        grid = blocks(pixels, block[0]), blocks(images * channels, block[1] * PLANES)
    mode = MODES[how[0], bool(how[1]) and how[0] == 'bilinear']
    taps = [_taps(*axis) for axis in axes]
    arguments = numpy.array([images, channels, *x.shape[-2:], *size, mode, transposed], numpy.int32)
    function = kernel('resize', 'resize', T=x.dtype, CHANNELS_LAST=last, TAPS=0 if 0 in taps else max(taps))
    function(grid, block, (x, y, *arguments))
    return y


@functools.lru_cache(maxsize=256)
def _taps(*axis) -> int:
    """Samples that an output reads at most along an axis, as the kernel is made for it: 0 for many."""
    most = numpy.count_nonzero(matrix(*axis), axis=1).max()
    return next((taps for taps in TAPS if most <= taps), 0)
