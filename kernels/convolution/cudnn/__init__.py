"""Convolution and its two gradients by cuDNN, for arrays in either layout: cuDNN is told their strides.

Images come out channels-last, which its kernels for tensor cores work in, so that between layers nothing has to be
rearranged: the own kernels keep their input's layout. What comes in channels-first, as a network's input and the
weights do, cuDNN rearranges in its workspace. Gradients of weights are contiguous as the weights are.
"""
import numpy
from numpy.typing import DTypeLike

from ...bias_act import add_bias
from ...runtime.arrays import CUDA_DTYPES, Array, address
from ...runtime.layout import dense, new
from ...runtime.machine import machine
from ..window import Window
from . import engine
from .graph import Layout, Problem

# Tensor cores take half precision in groups of so many channels.
HALF_CHANNELS = 8
CHANNEL_AXES = {'x': (1,), 'w': (0, 1), 'y': (1,)}
# Bytes that cuDNN lets its kernels move at once.
ALIGNMENT = 16


def convolve(x: Array, W: Array, b: Array | None, window: Window) -> Array:
    """As ``kernels.convolution.convolve``."""
    y = _run('y', (len(x), len(W), *window.y_size), window, x=x, w=W)
    if b is not None:
        add_bias(y, b)
    return y


def input_gradient(gy: Array, W: Array, window: Window) -> Array:
    """As ``kernels.convolution.input_gradient``."""
    return _run('x', (len(gy), W.shape[1], *window.x_size), window, y=gy, w=W)


def weight_gradient(x: Array, gy: Array, window: Window) -> Array:
    """As ``kernels.convolution.weight_gradient``; that of half precision is rounded to it, after sums in single."""
    return _run('w', (gy.shape[1], x.shape[1], *window.kernel), window, x=x, y=gy)


def _run(result: str, shape: tuple, window: Window, **operands):
    like = next(iter(operands.values()))
    for array in operands.values():
        if array.dtype != like.dtype or array.dtype.name not in CUDA_DTYPES:
            raise TypeError(f'cuDNN convolves {" or ".join(CUDA_DTYPES)}, all arrays of one type, not '
                            f'{" and ".join(str(array.dtype) for array in operands.values())}')
    arrays = {name: _arranged(_widened(array, name)) for name, array in operands.items()}
    target = new(like, wide_shape(shape, result, like.dtype), channels_last=result != 'w')
    arrays[result] = target
    layouts = tuple(Layout(arrays[name].shape, _lies_channels_last(arrays[name])) for name in 'xwy')
    problem = Problem(result, layouts, window, like.dtype.name, machine().allows_tf32)
    engine.device().execute(problem, {name: address(array) for name, array in arrays.items()})
    return target if target.shape == shape else dense(target[:shape[0], :shape[1]], result != 'w')


def _lies_channels_last(array) -> bool:
    """As ``is_channels_last``, but also where both layouts are the same, which suits cuDNN better."""
    return array.transpose(0, 2, 3, 1).flags.c_contiguous


def _arranged(array):
    """The array itself if it lies without gaps and aligned, else a channels-last copy."""
    if not (_lies_channels_last(array) or array.flags.c_contiguous):
        array = dense(array, True)
    return array if address(array) % ALIGNMENT == 0 else array.copy(order='K')


def wide_shape(shape: tuple, name: str, dtype: DTypeLike) -> tuple:
    """The shape with as many channels as half precision wants."""
    if numpy.dtype(dtype) != numpy.float16:
        return tuple(shape)
    return tuple(-(-size // HALF_CHANNELS) * HALF_CHANNELS if axis in CHANNEL_AXES[name] else size
                 for axis, size in enumerate(shape))


def _widened(array, name: str):
    """The array, with channels of zeros behind its own where half precision wants more."""
    shape = wide_shape(array.shape, name, array.dtype)
    if shape == array.shape:
        return array
    wide = new(array, shape, channels_last=True)
    wide.fill(0)
    wide[:array.shape[0], :array.shape[1]] = array
    return wide
