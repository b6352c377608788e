"""Batch normalisation followed by its activation."""
import chainer
import numpy

from kernels.runtime.across import ALONE, Across
from spade_anime.functions.batch_norm_act import DECAY, batch_norm_act
from spade_anime.layers.batches import batch_sizes
from spade_anime.types import Operand


class BatchNormalization(chainer.Link):
    """Batch normalisation of (B, channels, H, W) and leaky ReLU (Ioffe & Szegedy 2015).

    Parameters and persistent values are those of ``chainer.links.BatchNormalization``, whose snapshots it loads;
    ``N`` is that link's count for fine-tuning, and unused. ``across``: the processes over which a training batch is
    spread, as ``batch_norm_act`` takes it. ``decay``: of the running statistics. In a pass of several batches
    (``batches.in_one_pass``) each has statistics of its own.
    """

    across: Across = ALONE
    decay: float = DECAY

    def __init__(self, channels: int):
        super().__init__()
        with self.init_scope():
            self.gamma = chainer.Parameter(1, (channels,))
            self.beta = chainer.Parameter(0, (channels,))
        self.avg_mean = numpy.zeros(channels, numpy.float32)
        self.avg_var = numpy.ones(channels, numpy.float32)
        self.N = 0
        for name in ('avg_mean', 'avg_var', 'N'):
            self.register_persistent(name)

    def forward(self, x: Operand, slope: float | None = 0.2) -> chainer.Variable:
        """To the same shape; ``slope=None`` leaves the activation out."""
        return batch_norm_act(x, self.gamma, self.beta, running_mean=self.avg_mean, running_var=self.avg_var,
                              decay=self.decay, slope=slope, across=self.across, batches=batch_sizes())
