"""Convolution and its two gradients by oneDNN, for NumPy arrays of single precision in either layout.

Images come out channels-last, as cuDNN's do: no pass between two convolutions has to rearrange them. What comes in
otherwise, as a network's input does, is copied. Gradients of weights are contiguous as the weights are.
"""
import numpy

from ...runtime.arrays import Array
from ...runtime.layout import dense, new
from ...runtime.onednn import DTYPE
from ..window import Window
from .plan import Plan, plan_of


def convolve(x: Array, W: Array, b: Array | None, window: Window) -> numpy.ndarray:
    """As ``kernels.convolution.convolve``."""
    plan = plan_of('y', len(x), x.shape[1], len(W), window, b is not None)
    arrays = {'x': dense(x, True), 'w': dense(W, False)} | ({} if b is None else {'b': dense(b, False)})
    return _run(plan, arrays)['y']


def input_gradient(gy: Array, W: Array, window: Window) -> numpy.ndarray:
    """As ``kernels.convolution.input_gradient``."""
    plan = plan_of('x', len(gy), W.shape[1], len(W), window, False)
    return _run(plan, {'y': dense(gy, True), 'w': dense(W, False)})['x']


def weight_gradient(x: Array, gy: Array, window: Window) -> numpy.ndarray:
    """As ``kernels.convolution.weight_gradient``."""
    plan = plan_of('w', len(x), x.shape[1], gy.shape[1], window, False)
    return _run(plan, {'x': dense(x, True), 'y': dense(gy, True)})['w']


def weight_and_bias_gradient(x: Array, gy: Array, window: Window) -> tuple[numpy.ndarray, numpy.ndarray]:
    """``weight_gradient``, and in the same pass the bias' gradient (O,)."""
    plan = plan_of('w', len(x), x.shape[1], gy.shape[1], window, True)
    arrays = _run(plan, {'x': dense(x, True), 'y': dense(gy, True)})
    return arrays['w'], arrays['b']


def _run(plan: Plan, arrays: dict) -> dict:
    """Compute the plan's arrays that are not given; return all, by name."""
    for array in arrays.values():
        if array.dtype != DTYPE:
            raise TypeError(f'oneDNN convolves float32, not {array.dtype}')
    like = next(iter(arrays.values()))
    for name, shape in plan.shapes.items():
        if name not in arrays:
            arrays[name] = new(like, shape, channels_last=name in 'xy')
    plan(arrays)
    return arrays
