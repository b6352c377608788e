"""Channels-first or channels-last: how an image's memory lies, and the blocks of threads that suit it."""
from numpy.typing import DTypeLike

from .arrays import Array, array_module
from .launching import THREADS

# Rows, planes or pixels that a kernel counts in 32 bits, with room for the step of its loop.
LARGEST = 2 ** 30


def is_channels_last(array: Array) -> bool:
    """Whether (N, C, H, W) ``array`` lies in memory as (N, H, W, C) and not also as it is indexed."""
    return array.ndim == 4 and not array.flags.c_contiguous and array.transpose(0, 2, 3, 1).flags.c_contiguous


def new(like: Array, shape: tuple[int, ...], channels_last: bool, dtype: DTypeLike | None = None) -> Array:
    """Uninitialised array of ``shape`` on the device of ``like``, and of its type unless ``dtype`` is given."""
    xp, dtype = array_module(like), like.dtype if dtype is None else dtype
    if not channels_last:
        return xp.empty(shape, dtype)
    batch, channels, height, width = shape
    return xp.empty((batch, height, width, channels), dtype).transpose(0, 3, 1, 2)


def new_like(array: Array) -> Array:
    """Uninitialised array of the shape, type and layout of ``array``, on its device."""
    return new(array, array.shape, is_channels_last(array))


def dense(array: Array, channels_last: bool) -> Array:
    """``array`` itself if its memory lies so without gaps, else a copy that does."""
    xp = array_module(array)
    if not channels_last:
        return xp.ascontiguousarray(array) if array.ndim else array
    turned = array.transpose(0, 2, 3, 1)
    return array if turned.flags.c_contiguous else xp.ascontiguousarray(turned).transpose(0, 3, 1, 2)


def flat(array: Array, channels_last: bool) -> Array:
    """The elements of ``array`` one after another, as they lie in ``dense(array, channels_last)``."""
    array = dense(array, channels_last)
    return (array.transpose(0, 2, 3, 1) if channels_last else array).reshape(-1)


def flat_block(length: int) -> tuple[int, int]:
    """Block of ``THREADS`` threads, (x, y), for rows of ``length`` items: x a power of two, no longer than needed."""
    x = min(1 << max(length - 1, 0).bit_length(), THREADS)
    return x, THREADS // x
