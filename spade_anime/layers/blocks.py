"""Pixels in blocks: a network on blocks of 2 x 2 pixels sees four times the picture for nearly the same work.

Space to depth before it and depth to space behind it (sub-pixel convolution, Shi et al. 2016, arXiv:1609.05158).
"""

from spade_anime.functions.pixel_shuffle import pixel_shuffle, pixel_unshuffle
from spade_anime.types import Operand


def to_blocks(x: Operand, block: int) -> Operand:
    """(B, C, H, W) to (B, block^2 C, H / block, W / block); ``block`` 1, 2 or 4."""
    while block > 1:
        x, block = pixel_unshuffle(x), block // 2
    return x


def from_blocks(x: Operand, block: int) -> Operand:
    """The inverse of ``to_blocks``."""
    while block > 1:
        x, block = pixel_shuffle(x), block // 2
    return x
