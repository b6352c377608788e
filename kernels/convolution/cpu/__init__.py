"""Convolution on a CPU without a library: whether to gather columns of patches or to add up their gradients.

All take images (N, C, H, W), output gradients (N, O, oh, ow) and weights (O, C, kh, kw), contiguous.
"""
from collections.abc import Sequence

import numpy

from ...runtime.arrays import Array
from ..window import Window, turned
from . import columns

# Cost of a number added to an image, and of one moved to turn the weights around; one copied costs 1.
SCATTER_COST = 3
TURN_COST = 5


def convolve(x: Array, Ws: Sequence[Array], bs: Sequence[Array | None], window: Window) -> tuple:
    """Outputs (N, O_i, oh, ow) for each of the weights and biases (O_i,) or None."""
    channels, outputs = x.shape[1], sum(map(len, Ws))
    if len(Ws) == 1 and SCATTER_COST * outputs < channels and window.can_turn:
        y = columns.input_gradient([x], [turned(Ws[0])], window.flipped())
        return (y if bs[0] is None else numpy.add(y, bs[0][:, None, None], out=y)),
    return columns.convolve(x, Ws, bs, window)


def input_gradient(gys: Sequence[Array], Ws: Sequence[Array], window: Window) -> numpy.ndarray:
    """Gradient (N, C, *x_size) by the image, summed over all outputs."""
    batch, channels, outputs = len(gys[0]), Ws[0].shape[1], sum(map(len, Ws))
    pixels = batch * window.y_size[0] * window.y_size[1]
    # To gather columns of gy the weights have to be turned around, number by number.
    gather, scatter = outputs * (pixels + TURN_COST * channels), SCATTER_COST * channels * pixels
    if gather < scatter and window.can_turn:
        return columns.convolve_turned(gys, Ws, window.flipped())
    return columns.input_gradient(gys, Ws, window)


def weight_gradients(x: Array, gys: Sequence[Array], window: Window) -> list:
    """Gradients (O_i, C, kh, kw) by the weights."""
    channels, outputs = x.shape[1], sum(gy.shape[1] for gy in gys)
    if len(gys) == 1 and outputs < channels and window.can_turn:
        return [turned(weight_gradients(gys[0], [x], window.flipped())[0])]
    return columns.weight_gradients(x, gys, window)
