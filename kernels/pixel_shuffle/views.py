"""Both sides of the shuffle as views whose axes correspond."""
from ..runtime import layout
from ..runtime.arrays import Array


def shuffled_shape(x: Array) -> tuple[int, int, int, int]:
    """(B, C, 2 H, 2 W) for ``x`` (B, 4 C, H, W)."""
    batch, channels, height, width = x.shape
    return batch, channels // 4, 2 * height, 2 * width


def to_shuffle(x: Array) -> tuple[Array, Array, Array]:
    """An uninitialised result for ``x``, and the views of ``x`` and of the result, as ``_views`` gives them."""
    y = layout.new(x, shuffled_shape(x), layout.is_channels_last(x))
    return y, *_views(layout.dense(x, layout.is_channels_last(y)), y)


def to_unshuffle(gy: Array) -> tuple[Array, Array, Array]:
    """An uninitialised gradient of x for ``gy`` (B, C, 2 H, 2 W), and the views of it and of ``gy``."""
    batch, channels, height, width = gy.shape
    last = layout.is_channels_last(gy)
    gx = layout.new(gy, (batch, 4 * channels, height // 2, width // 2), last)
    return gx, *_views(gx, layout.dense(gy, last))


def _views(x, y):
    """x as (B, i, j, C, H, W) and y as (B, C, H, i, W, j), as both lie alike and without gaps."""
    batch, channels, height, width = y.shape
    if layout.is_channels_last(y):
        planes, pixels = (array.transpose(0, 2, 3, 1) for array in (x, y))
        return (planes.reshape(batch, height // 2, width // 2, 2, 2, channels).transpose(0, 3, 4, 5, 1, 2),
                pixels.reshape(batch, height // 2, 2, width // 2, 2, channels).transpose(0, 5, 1, 2, 3, 4))
    return (x.reshape(batch, 2, 2, channels, height // 2, width // 2),
            y.reshape(batch, channels, height // 2, 2, width // 2, 2))
