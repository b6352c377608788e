"""Half precision where arrays are stored (Micikevicius et al. 2018, arXiv:1710.03740)."""
import chainer
import numpy
from numpy.typing import DTypeLike


def store_in_half(link: chainer.Link) -> None:
    """Turn the parameters of a link into float16; running statistics and singular vectors stay float32."""
    for param in link.params():
        param.array = param.array.astype(numpy.float16)
        param.cleargrad()  # a new parameter has a gradient in single precision


def as_stored(array: numpy.ndarray, dtype: DTypeLike) -> numpy.ndarray:
    """A sample's array in the type that the networks store; integers keep their type."""
    return array.astype(dtype, copy=False) if array.dtype.kind == 'f' else array
