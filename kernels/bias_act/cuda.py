"""Launches of bias_act.cu."""
import numpy
from numpy.typing import DTypeLike

from ..runtime.arrays import Array
from ..runtime.channels import Channels
from ..runtime.images import single
from ..runtime.launching import MAX_BLOCKS
from ..runtime.layout import is_channels_last

FILE = 'bias_act'
# In the order of common.cuh's numbers.
ACTIVATIONS = 'linear', 'leaky_relu', 'relu', 'tanh'


def forward(x: Array, b: Array | None, activation: str, slope: float) -> Array:
    """As ``bias_act.bias_act``."""
    channels = Channels(FILE, x, MAX_BLOCKS)
    y = channels.empty()
    channels.launch('bias_act', channels.arranged(x), single(b), y, *_numbers(activation, slope))
    return y


def gradient(y: Array, gy: Array, activation: str, slope: float,
             bias_dtype: DTypeLike | None) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_gradient``."""
    channels = Channels(FILE, y, MAX_BLOCKS)
    gx, partial = channels.empty(), None if bias_dtype is None else channels.partial(1)
    channels.launch('bias_act_gradient', channels.arranged(y), channels.arranged(gy), gx, partial,
                    *_numbers(activation, slope))
    return gx, None if partial is None else partial[..., 0].sum(0).astype(bias_dtype, copy=False)


def double_gradient(y: Array, gy: Array, ggx: Array, ggb: Array | None, activation: str,
                    slope: float) -> tuple[Array, Array | None]:
    """As ``bias_act.bias_act_double_gradient``."""
    channels = Channels(FILE, y, MAX_BLOCKS)
    y, gy, ggx = map(channels.arranged, (y, gy, ggx))
    ggy, gy_of_y = channels.empty(), channels.empty() if activation == 'tanh' else None
    channels.launch('bias_act_double_gradient', y, gy, ggx, single(ggb), ggy, gy_of_y, *_numbers(activation, slope))
    return ggy, gy_of_y


def add_bias(y: Array, b: Array) -> None:
    """As ``bias_act.add_bias``."""
    channels = Channels(FILE, y, MAX_BLOCKS)
    if not (y.flags.c_contiguous or is_channels_last(y)):
        raise ValueError(f'y of shape {y.shape} and strides {y.strides} has gaps: it cannot be changed in place')
    channels.launch('bias_act', y, single(b), y, *_numbers('linear', 0))


def bias_gradient(gy: Array) -> Array:
    """As ``bias_act.bias_gradient``."""
    channels = Channels(FILE, gy)
    partial = channels.partial(1)
    channels.launch('bias_gradient', channels.arranged(gy), partial)
    return partial[..., 0].sum(0).astype(gy.dtype, copy=False)


def _numbers(activation, slope) -> tuple:
    return numpy.int32(ACTIVATIONS.index(activation)), numpy.float32(slope)
