"""Appends a vector to every pixel of a feature map."""
import chainer
import chainer.functions as F

from spade_anime.types import Operand


def constant_maps(vector: Operand, size: tuple[int, ...]) -> chainer.Variable:
    """A vector (B, n) as maps (B, n, *size), each constant."""
    return F.broadcast_to(F.reshape(vector, (*vector.shape, 1, 1)), (*vector.shape, *size))


def concat_vector(x: Operand, vector: Operand) -> chainer.Variable:
    """Channels of ``x`` (B, C, H, W), or (B, C), followed by those of ``vector`` (B, n), the same at every pixel."""
    if x.ndim == 2:
        return F.concat((x, vector))
    return F.concat((x, constant_maps(vector, x.shape[2:])))
