"""Resizing by oneDNN, which interpolates with half-pixel centres; its gradient is slower than NumPy's products."""
from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new
from ..runtime.onednn import resampling


def suits(how: tuple[str, bool], transposed: bool, in_size: tuple[int, int], out_size: tuple[int, int]) -> bool:
    """Whether oneDNN resizes so, fast and to the last digits; ``how`` is mode and align_corners.

    It works out in single precision where a sample lies, which is exact only by a factor that is a power of two.
    """
    return how == ('bilinear', False) and not transposed and all(map(_is_by_a_power_of_two, in_size, out_size))


def _is_by_a_power_of_two(n: int, m: int) -> bool:
    factor, rest = divmod(max(n, m), min(n, m))
    return not rest and factor & (factor - 1) == 0


def apply(x: Array, size: tuple[int, int]) -> Array:
    """Images (N, C, H, W) to (N, C, *size); the layout stays."""
    last = is_channels_last(x)
    return resampling.resize(dense(x, last), new(x, (*x.shape[:2], *size), last))
