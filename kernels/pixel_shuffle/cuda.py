"""Launches of pixel_shuffle.cu."""
from collections.abc import Sequence
from typing import Any

import numpy

from ..runtime import layout
from ..runtime.arrays import Array
from ..runtime.launching import blocks, kernel


def launch(function: str, arrays: Sequence[Array | None], shape: tuple[int, ...], slope: float | None) -> Array:
    """Run a kernel of pixel_shuffle.cu; the first and, if it is of the output, the second array lie alike."""
    first: Any = arrays[0]
    last = layout.is_channels_last(first)
    result = layout.new(first, shape, last)
    batch, channels, height, width = shape if function != 'pixel_shuffle_gradient' else first.shape
    rows = batch * height * (width if last else channels)
    if max(rows, 4 * channels) > layout.LARGEST:
        raise ValueError(f'{(batch, channels, height, width)} has more rows than the kernel can count')
    length, pack = channels if last else width // 2, 16 // first.itemsize
    block = layout.flat_block(length if length % pack else length // pack)
    sizes = (numpy.int32(size) for size in (batch, channels, height // 2, width // 2))
    arguments = *arrays, result, numpy.float32(1 if slope is None else slope), *sizes
    kernel('pixel_shuffle', function, T=first.dtype, CHANNELS_LAST=last)((blocks(rows, block[1]),), block, arguments)
    return result
