"""Convolution and its two gradients as matrix products over columns of patches, for NumPy and CuPy arrays alike.

Chellapilla, Puri, Simard: High performance convolutional neural networks for document processing, 2006.
"""
import math

from ..matmul import matmul
from ..runtime.arrays import Array, array_module
from .window import Window


def convolve(x: Array, W: Array, b: Array | None, window: Window) -> Array:
    """As ``kernels.convolution.convolve``."""
    xp = array_module(x)
    patches = _patches(x, window)
    y = matmul(W.reshape(len(W), -1), _columns(patches)).reshape(len(W), len(x), *window.y_size)
    if b is not None:
        y += b[:, None, None, None]
    return xp.ascontiguousarray(y.swapaxes(0, 1))


def input_gradient(gy: Array, W: Array, window: Window) -> Array:
    """As ``kernels.convolution.input_gradient``."""
    xp = array_module(gy)
    (sy, sx), (ph, pw), (dy, dx) = window.stride, window.pad, window.dilate
    (h, w), (oh, ow) = window.x_size, window.y_size
    columns = matmul(W.reshape(len(W), -1), _rows(gy), transa=True).reshape(*W.shape[1:], len(gy), oh, ow)
    gx = xp.zeros((gy.shape[0], W.shape[1], h + 2 * ph, w + 2 * pw), gy.dtype)
    for i in range(W.shape[2]):
        for j in range(W.shape[3]):
            taps = gx[:, :, i * dy:i * dy + sy * (oh - 1) + 1:sy, j * dx:j * dx + sx * (ow - 1) + 1:sx]
            taps += columns[:, i, j].transpose(1, 0, 2, 3)
    return xp.ascontiguousarray(gx[:, :, ph:ph + h, pw:pw + w])


def weight_gradient(x: Array, gy: Array, window: Window) -> Array:
    """As ``kernels.convolution.weight_gradient``."""
    patches = _patches(x, window)
    return matmul(_rows(gy), _columns(patches), transb=True).reshape(gy.shape[1], *patches.shape[1:4])


def _patches(x, window: Window):
    """Every tap's view of the padded image: (N, C, kh, kw, oh, ow), no copy but the padding's."""
    (sy, sx), (ph, pw), (dy, dx) = window.stride, window.pad, window.dilate
    xp = array_module(x)
    if ph or pw:
        x = xp.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    n, c, h, w = x.strides
    return xp.lib.stride_tricks.as_strided(x, x.shape[:2] + window.kernel + window.y_size,
                                           (n, c, h * dy, w * dx, h * sy, w * sx))


def _columns(patches):
    """Taps as rows (C * kh * kw, N * oh * ow), which is where the image is copied."""
    return patches.transpose(1, 2, 3, 0, 4, 5).reshape(math.prod(patches.shape[1:4]), -1)


def _rows(y):
    """Channels of ``y`` as rows (O, N * oh * ow)."""
    return y.swapaxes(0, 1).reshape(y.shape[1], -1)
