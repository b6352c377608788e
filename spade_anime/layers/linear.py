"""A fully connected layer."""
import chainer
from chainer import initializers
from chainer.initializer import Initializer

from spade_anime.functions.linear import linear
from spade_anime.types import Operand


class Linear(chainer.Link):
    """``x W^T + b`` of (B, in_size) to (B, out_size); parameters are named as those of ``chainer.links.Linear``."""

    def __init__(self, in_size: int, out_size: int, nobias: bool = False,
                 initial_weight: Initializer | None = None):
        super().__init__()
        with self.init_scope():
            self.W = chainer.Parameter(initial_weight or initializers.HeNormal(), (out_size, in_size))
            self.b = None if nobias else chainer.Parameter(0, (out_size,))

    def forward(self, x: Operand) -> chainer.Variable:
        return linear(x, self.W, self.b)
