"""How much the samples of a batch differ, shown to a discriminator."""
import chainer
import chainer.functions as F

from spade_anime.types import Operand

EPS = 1e-8


def with_deviation(h: Operand) -> chainer.Variable:
    """h (B, C, H, W) with one more channel: the mean standard deviation of its values over the batch.

    A generator that paints one picture for every noise is then easily told apart (minibatch standard deviation, Karras
    et al. 2018, arXiv:1710.10196, section 3, with one group for the whole batch).
    """
    centred = h - F.broadcast_to(F.mean(h, axis=0, keepdims=True), h.shape)
    deviation = F.mean(F.sqrt(F.mean(centred ** 2, axis=0) + EPS))
    batch, _, height, width = h.shape
    return F.concat((h, F.broadcast_to(F.reshape(deviation, (1, 1, 1, 1)), (batch, 1, height, width))))
