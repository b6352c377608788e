"""Sums of arrays that keep the layout, as NumPy's do, and CuPy's, which are contiguous whatever is added, do not."""
from collections.abc import Sequence

from ..runtime.arrays import Array
from ..runtime.layout import is_channels_last


def keeps_layout(arrays: Sequence[Array]) -> bool:
    """Whether ``add`` has a layout to keep: all arrays have one shape, and any of them lies channels-last."""
    return len({array.shape for array in arrays}) == 1 and any(map(is_channels_last, arrays))


def add(*arrays: Array) -> Array:
    """Sum of arrays of one shape and type, at least two; channels-last where any of them is."""
    last = keeps_layout(arrays)
    first, second, *others = (array.transpose(0, 2, 3, 1) if last else array for array in arrays)
    total = first + second
    for other in others:
        total += other
    return total.transpose(0, 3, 1, 2) if last else total
