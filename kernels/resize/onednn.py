"""Resizing by oneDNN, which interpolates with half-pixel centres; its gradient is slower than NumPy's products."""
from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new
from ..runtime.onednn import resampling


def suits(how: tuple[str, bool], transposed: bool) -> bool:
    """Whether oneDNN resizes so, and fast; ``how`` is mode and align_corners, ``transposed`` the gradient."""
    return how == ('bilinear', False) and not transposed


def apply(x: Array, size: tuple[int, int]) -> Array:
    """Images (N, C, H, W) to (N, C, *size); the layout stays."""
    last = is_channels_last(x)
    return resampling.resize(dense(x, last), new(x, (*x.shape[:2], *size), last))
