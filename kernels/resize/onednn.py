"""Resizing by oneDNN, which interpolates with half-pixel centres; its gradient is slower than NumPy's products."""
import functools

import numpy

from ..runtime.arrays import Array
from ..runtime.layout import dense, is_channels_last, new
from ..runtime.onednn.images import KEPT, RESULT, SMALL, SOURCE, TRAINING
from ..runtime.onednn.primitive import Form, Primitive, form_of, handles, layout_of

LINEAR = 0x2fff1


def suits(how: tuple[str, bool], transposed: bool, in_size: tuple[int, int], out_size: tuple[int, int]) -> bool:
    """Whether oneDNN resizes so, fast and to the last digits; ``how`` is mode and align_corners.

    It works out in single precision where a sample lies, which is exact only by a factor that is a power of two.
    """
    return how == ('bilinear', False) and not transposed and all(map(_is_by_a_power_of_two, in_size, out_size))


def _is_by_a_power_of_two(n: int, m: int) -> bool:
    factor, rest = divmod(max(n, m), min(n, m))
    return not rest and factor & (factor - 1) == 0


def apply(x: Array, size: tuple[int, int]) -> Array:
    """Images (N, C, H, W) to (N, C, *size), whose sample i is at ``(i + 0.5) * in / out - 0.5``; the layout stays."""
    last = is_channels_last(x)
    x, out = dense(x, last), new(x, (*x.shape[:2], *size), last)
    _resizing(form_of(x), form_of(out))(x, out)
    return out


@functools.lru_cache(maxsize=KEPT)
def _resizing(source: Form, result: Form) -> Primitive:
    made, count = handles(int(numpy.prod(result[0])), SMALL)
    layouts = layout_of(made, source), layout_of(made, result)
    # Without factors: those of the sizes.
    descriptor = made.new('primitive_desc', made.onednn.engine, TRAINING, LINEAR, None, *layouts, None,
                          function='dnnl_resampling_forward_primitive_desc_create')
    return Primitive(made, descriptor, dict(zip((SOURCE, RESULT), layouts)), count)
