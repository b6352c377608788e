"""Bilinear resizing of images (N, C, H, W) by oneDNN, with half-pixel centres. Its gradient is slow there."""
import functools

import numpy

from ..arrays import Array
from .images import KEPT, RESULT, SMALL, SOURCE, TRAINING
from .primitive import Form, Primitive, form_of, handles, layout_of

LINEAR = 0x2fff1


def resize(x: Array, out: Array) -> Array:
    """Write ``x`` to ``out``, of another height and width: its sample i is at ``(i + 0.5) * in / out - 0.5``."""
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
