"""Passes over images (N, C, H, W) by oneDNN, on all cores: arithmetic of pixels, and batch normalisation.

Arrays are of single precision, without gaps, and all images of a call lie alike, channels first or last. Operands may
also be (C,), numbers for each channel.
"""
import ctypes
import functools
from typing import Any

import numpy

from ..across import Statistics
from ..arrays import Array
from .primitive import Form, Primitive, attributes, form_of, handles, layout_of

BINARY = {'add': 0x1fff0, 'multiply': 0x1fff1, 'subtract': 0x1fff5}
LEAKY_RELU, LEAKY_RELU_BY_RESULT = 0x20, 0x100
TRAINING, BACKWARD = 64, 128
FIXED, SCALE, SHIFT = 1, 2, 4
# Argument numbers.
SOURCE, SECOND, RESULT, WEIGHTS, SOURCE_GRADIENT, RESULT_GRADIENT = 1, 2, 17, 33, 129, 145
MEAN, VARIANCE, SCALES, SHIFTS, SCALES_GRADIENT, SHIFTS_GRADIENT = 49, 50, 51, 52, 255, 256
STEP = 32768
# Numbers of an image below which one thread is as fast.
SMALL = 1 << 13
# Primitives kept; a training step has about a hundred of each kind.
KEPT = 1024


def compute(out: Array, first: Array, *steps: tuple[str, Any]) -> Array:
    """Write ``first``, changed by one step after another in one pass, to ``out``; return that, which may be ``first``.

    A step is 'add', 'multiply' or 'subtract' and an operand, or 'leaky_relu' and its slope, which may not come first.
    """
    operands = [operand for name, operand in steps if name in BINARY]
    kinds = tuple((name, form_of(operand) if name in BINARY else operand) for name, operand in steps)
    _computing(form_of(out), form_of(first), kinds)(out, first, *operands)
    return out


@functools.lru_cache(maxsize=KEPT)
def _computing(out: Form, first: Form, steps: tuple) -> Primitive:
    made, count = handles(int(numpy.prod(out[0])), SMALL)
    layouts = {RESULT: layout_of(made, out), SOURCE: layout_of(made, first)}
    (name, second), *others = steps
    layouts[SECOND] = layout_of(made, second)
    after: list[tuple] = []
    for number, (kind, value) in enumerate(others, start=1):
        if kind in BINARY:
            layouts[STEP * number | SECOND] = layout_of(made, value)
            after.append(('binary', BINARY[kind], layouts[STEP * number | SECOND]))
        else:
            after.append(('eltwise', LEAKY_RELU, ctypes.c_float(value), ctypes.c_float(0)))
    descriptor = made.new('primitive_desc', made.onednn.engine, BINARY[name], layouts[SOURCE], layouts[SECOND],
                          layouts[RESULT], attributes(made, after), function='dnnl_binary_primitive_desc_create')
    return Primitive(made, descriptor, layouts, count)


def add_product(out: Array, x: Array, pixels: Array, channels: Array, *steps: tuple[str, Array]) -> Array:
    """Write ``x + pixels * channels`` to ``out`` and return it; ``pixels`` is (N, 1, H, W), ``channels`` (C,).

    Images are channels-last. The product is that of a column and a row, as matrices. ``steps`` change the sum in the
    same pass, as in ``compute``; their operands are (C,).
    """
    matrices = [image.transpose(0, 2, 3, 1).reshape(-1, len(channels)) for image in (out, x)]
    forms = [(matrix.shape, matrix.strides) for matrix in matrices]
    names, operands = zip(*steps) if steps else ((), ())
    _adding_product(*forms, names)(pixels, channels, *matrices, *operands)
    return out


@functools.lru_cache(maxsize=KEPT)
def _adding_product(out: Form, x: Form, steps: tuple[str, ...]) -> Primitive:
    (rows, columns), _ = out
    made, count = handles(rows * columns, SMALL)
    column, row, result, added = (layout_of(made, form) for form in (
        ((rows, 1), (4, 4)), ((1, columns), (4 * columns, 4)), out, x))
    after = [('add', added), *((name, row) for name in steps)]
    descriptor = made.new(
        'primitive_desc', made.onednn.engine, column, row, None, result,
        attributes(made, [('binary', BINARY[name], layout) for name, layout in after]),
        function='dnnl_matmul_primitive_desc_create')
    layouts = {STEP * (number + 1) | SECOND: layout for number, (_, layout) in enumerate(after)}
    return Primitive(made, descriptor, {SOURCE: column, WEIGHTS: row, RESULT: result} | layouts, count)


def leaky_relu(x: Array, slope: float, out: Array) -> Array:
    """Write ``x`` where it is positive, else ``slope * x``, to ``out``, which may be ``x``; return it."""
    _activating(form_of(x), slope)(x, out)
    return out


@functools.lru_cache(maxsize=KEPT)
def _activating(form: Form, slope: float) -> Primitive:
    made, count = handles(int(numpy.prod(form[0])), SMALL)
    layout = layout_of(made, form)
    return Primitive(made, _activation(made, layout, LEAKY_RELU, slope), {SOURCE: layout, RESULT: layout}, count)


def leaky_relu_gradient(y: Array, gy: Array, slope: float, out: Array) -> Array:
    """Write ``gy`` where ``y``, the result, is positive, else ``slope * gy``, to ``out``, which may be ``gy``."""
    _activating_backward(form_of(y), slope)(y, gy, out)
    return out


@functools.lru_cache(maxsize=KEPT)
def _activating_backward(form: Form, slope: float) -> Primitive:
    made, count = handles(int(numpy.prod(form[0])), SMALL)
    layout = layout_of(made, form)
    descriptor = made.new(
        'primitive_desc', made.onednn.engine, LEAKY_RELU_BY_RESULT, layout, layout, layout, ctypes.c_float(slope),
        ctypes.c_float(0), _activation(made, layout, LEAKY_RELU_BY_RESULT, slope), None,
        function='dnnl_eltwise_backward_primitive_desc_create')
    return Primitive(made, descriptor, {RESULT: layout, RESULT_GRADIENT: layout, SOURCE_GRADIENT: layout}, count)


def _activation(made, layout, kind, slope):
    return made.new('primitive_desc', made.onednn.engine, TRAINING, kind, layout, layout, ctypes.c_float(slope),
                    ctypes.c_float(0), None, function='dnnl_eltwise_forward_primitive_desc_create')


def normalize(x: Array, statistics: Statistics | None, eps: float, out: Array, scale: Array | None = None,
              shift: Array | None = None) -> Statistics:
    """Write ``(x - mean) / sqrt(variance + eps) * scale + shift`` to ``out``; return the statistics used.

    ``statistics`` None: those of ``x`` (biased variance). ``scale`` and ``shift`` are (C,), both or neither.
    """
    fixed = statistics is not None
    used = statistics if statistics is not None else Statistics(*numpy.empty((2, x.shape[1]), x.dtype))
    factors = () if scale is None else (scale, shift)
    _normalizing(form_of(x), eps, fixed, scale is not None)(x, out, *used, *factors)
    return used


@functools.lru_cache(maxsize=KEPT)
def _normalizing(form: Form, eps: float, fixed: bool, scaled: bool) -> Primitive:
    made, count = handles(int(numpy.prod(form[0])), SMALL)
    image, vector = layout_of(made, form), _vector(made, form)
    layouts = {SOURCE: image, RESULT: image, MEAN: vector, VARIANCE: vector}
    if scaled:
        layouts |= {SCALES: vector, SHIFTS: vector}
    flags = FIXED * fixed | (SCALE | SHIFT) * scaled
    return Primitive(made, _normalization(made, image, eps, flags), layouts, count)


def normalize_gradient(x: Array, gy: Array, statistics: Statistics, fixed: bool, eps: float, out: Array,
                       scale: Array) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Write the gradient of ``normalize`` by ``x`` to ``out``, which may be ``gy``; return those by scale and shift.

    ``fixed``: the statistics did not come from ``x``.
    """
    gscale, gshift = numpy.empty((2, x.shape[1]), x.dtype)
    _normalizing_backward(form_of(x), eps, fixed)(x, gy, out, *statistics, scale, gscale, gshift)
    return gscale, gshift


@functools.lru_cache(maxsize=KEPT)
def _normalizing_backward(form: Form, eps: float, fixed: bool) -> Primitive:
    made, count = handles(int(numpy.prod(form[0])), SMALL)
    image, vector = layout_of(made, form), _vector(made, form)
    flags = FIXED * fixed | SCALE | SHIFT
    descriptor = made.new(
        'primitive_desc', made.onednn.engine, BACKWARD, image, image, image, ctypes.c_float(eps), flags,
        _normalization(made, image, eps, flags), None,
        function='dnnl_batch_normalization_backward_primitive_desc_create')
    layouts = {SOURCE: image, RESULT_GRADIENT: image, SOURCE_GRADIENT: image, MEAN: vector, VARIANCE: vector,
               SCALES: vector, SCALES_GRADIENT: vector, SHIFTS_GRADIENT: vector}
    return Primitive(made, descriptor, layouts, count)


def _normalization(made, image, eps, flags):
    return made.new('primitive_desc', made.onednn.engine, TRAINING, image, image, ctypes.c_float(eps), flags, None,
                    function='dnnl_batch_normalization_forward_primitive_desc_create')


def _vector(made, form):
    channels = form[0][1]
    return layout_of(made, ((channels,), (4,)))
