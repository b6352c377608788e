"""Resizing images by any factor, as one small matrix an axis.

Both directions gather: every output sample is a weighted sum of the inputs it reads, and the gradient is the
same with the matrices transposed. On a CPU the matrices, which are nearly empty, are cut into bands, or
oneDNN resizes; on a GPU each thread works out the few entries it needs.
"""
import math

from ..matmul import matmul
from ..runtime.arrays import Array, array_module
from ..runtime.onednn import implementation
from . import cpu, cuda, onednn
from .matrices import MODES, check_mode, matrix

__all__ = ['MODES', 'check_mode', 'resize', 'resize_gradient']


def resize(x: Array, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False,
           impl: str | None = None) -> Array:
    """Resize ``x`` (..., H, W) to (..., *size), dtype kept.

    ``bilinear`` puts output sample i at ``(i + 0.5) * in / out - 0.5``, or with ``align_corners`` at
    ``i * (in - 1) / (out - 1)``; ``nearest`` reads sample ``floor(i * in / out)``; ``area`` is the mean over
    the covered area, made for shrinking.
    """
    return _apply(x, x.shape[-2:], size, (mode, align_corners), False, impl)


def resize_gradient(gy: Array, size: tuple[int, int], mode: str = 'bilinear', align_corners: bool = False,
                    impl: str | None = None) -> Array:
    """Gradient of ``resize`` by its image of height and width ``size``, from ``gy`` (..., oh, ow)."""
    return _apply(gy, size, gy.shape[-2:], (mode, align_corners), True, impl)


def _apply(x, in_size, out_size, how, transposed, impl):
    """Multiply rows and columns of ``x`` by the matrices from ``in_size`` to ``out_size``, or transposed."""
    axes = [(n, m, how, transposed, x.dtype) for n, m in zip(in_size, out_size)]
    way, size = implementation(impl, x), tuple(in_size if transposed else out_size)
    if way == 'cuda':
        return cuda.launch(x, size, how, axes, transposed)
    if way == 'onednn' and onednn.suits(how, transposed, in_size, out_size):
        return onednn.apply(x, size)
    if way == 'reference':
        return _reference(x, *(array_module(x).asarray(matrix(*axis)) for axis in axes))
    return cpu.apply(x, size, axes)


def _reference(x, rows, columns):
    """``rows x columns^T`` for every image."""
    images = x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])
    rows = array_module(x).broadcast_to(rows, (len(images), *rows.shape))
    between = matmul(rows, images).reshape(-1, x.shape[-1])
    return matmul(between, columns, transb=True).reshape(*x.shape[:-2], -1, len(columns))
