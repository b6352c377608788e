"""Images (N, C, H, W) of one shape, type and layout, and vectors (C,) beside them, as a launch takes them."""
from collections.abc import Sequence

import numpy

from .arrays import Array, array_module, check_same
from .launching import Kernel, kernel
from .layout import dense, is_channels_last, new


def check(name: str, arrays: dict, vectors: dict) -> None:
    """Raise TypeError or ValueError unless ``arrays`` are (N, C, H, W) like the first, and ``vectors`` (C,); both may
    hold None, which is skipped.
    """
    first_name, x = next(iter(arrays.items()))
    if x.ndim != 4 or not x.size:
        raise ValueError(f'{name}: {first_name} is {x.shape}; it has to be (batch, channels, height, width), none of '
                         'them 0')
    if x.dtype.kind != 'f':
        raise TypeError(f'{name}: {first_name} is {x.dtype}; it has to be a floating type')
    check_same(name, **arrays)
    for key, vector in vectors.items():
        if vector is not None and vector.shape != (x.shape[1],):
            raise ValueError(f'{name}: {key} is {vector.shape}; it has to be {(x.shape[1],)}, one a channel')
    for key, array in (arrays | vectors).items():
        if array is not None and array_module(array) is not array_module(x):
            raise TypeError(f'{name}: {first_name} and {key} are on different devices')


def single(array: Array | None) -> Array | None:
    """An array in single precision, contiguous; None stays None."""
    return None if array is None else array_module(array).ascontiguousarray(array, numpy.float32)


def check_running(name: str, running: Sequence[Array]) -> None:
    """Raise TypeError unless a kernel can move the averages on in place."""
    for average in running:
        if average.dtype != numpy.float32 or not average.flags.c_contiguous:
            raise TypeError(f'{name}: running averages are {average.dtype} with strides {average.strides}; the CUDA '
                            'kernel takes contiguous float32')


class Images:
    """What the launches of ``<file>.cu`` on images like ``like`` have in common; ``last``: channels are last."""

    def __init__(self, file: str, like: Array):
        self.file, self.like, self.last = file, like, is_channels_last(like)

    def arranged(self, array: Array) -> Array:
        """``array`` in the layout of all, copied where it is in another."""
        return dense(array, self.last)

    def empty(self) -> Array:
        """An uninitialised array of the same shape, type and layout."""
        return new(self.like, self.like.shape, self.last)

    def floats(self, *shape: int) -> Array:
        """An uninitialised float32 array."""
        return array_module(self.like).empty(shape, numpy.float32)

    def vectors(self, count: int) -> list[Array]:
        """Uninitialised float32 arrays (C,)."""
        return [self.floats(self.like.shape[1]) for _ in range(count)]

    def variant(self, function: str) -> Kernel:
        """The kernel ``function`` for the type and the layout."""
        return kernel(self.file, function, T=self.like.dtype, CHANNELS_LAST=self.last)
