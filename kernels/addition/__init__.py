"""Sums of arrays that keep the layout, as NumPy's do, and CuPy's, which are contiguous whatever is added, do not."""
from collections.abc import Sequence

from ..runtime.arrays import Array
from ..runtime.layout import flat, is_channels_last, new
from ..runtime.onednn import DTYPE, images, implementation

# Numbers from which all cores add faster than NumPy does.
LARGE = 1 << 15


def serves(arrays: Sequence[Array]) -> bool:
    """Whether ``add`` has a layout to keep, or adds on all cores; arrays of different shapes it cannot add."""
    first = arrays[0]
    if first.ndim < 4 and first.size < LARGE:
        return False
    return len({array.shape for array in arrays}) == 1 and (
        any(map(is_channels_last, arrays)) or _on_all_cores(first, arrays))


def add(*arrays: Array) -> Array:
    """Sum of arrays of one shape and type, at least two; channels-last where any of them is."""
    last = len({array.shape for array in arrays}) == 1 and any(map(is_channels_last, arrays))
    if _on_all_cores(arrays[0], arrays):
        total = new(arrays[0], arrays[0].shape, last)
        first, *others = (flat(array, last) for array in arrays)
        images.compute(flat(total, last), first, *(('add', other) for other in others))
        return total
    first, second, *others = (array.transpose(0, 2, 3, 1) if last else array for array in arrays)
    total = first + second
    for other in others:
        total += other
    return total.transpose(0, 3, 1, 2) if last else total


def _on_all_cores(first, arrays) -> bool:
    return (first.size >= LARGE and all(array.dtype == DTYPE for array in arrays)
            and implementation(None, first, any_layout=True) == 'onednn')
