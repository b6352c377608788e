"""Spectrally normalised weights, differentiable once."""
from collections.abc import Sequence

import chainer
import numpy

from kernels import spectral_norm as kernel


class SpectralNormalize(chainer.FunctionNode):
    """``W / sigma(W)``; keeps the normalised weight and the two singular vectors."""

    def __init__(self, u: numpy.ndarray, axis: int, found: tuple | None = None):
        """``found``: what ``kernels.spectral_norm`` has made of this weight already, or None."""
        self.u, self.axis, self.found = u, axis, found

    def forward(self, inputs):
        weight, = inputs
        matrix, shape = self._matrix(weight)
        normalized, self.u, self.v, self.sigma = self.found or kernel.normalize(matrix, self.u)
        self.found = None
        self.retain_outputs((0,))
        return self._weight(normalized, shape),

    def backward(self, indexes, grad_outputs):
        normalized, = self.get_retained_outputs()
        return SpectralNormalizeGrad(self).apply((grad_outputs[0], normalized.array))

    def _matrix(self, weight):
        """Rows are the output channels, which stand on ``axis``."""
        moved = weight.swapaxes(0, self.axis)
        return moved.reshape(len(moved), -1), moved.shape

    def _weight(self, matrix, shape):
        return matrix.reshape(shape).swapaxes(0, self.axis)


class SpectralNormalizeGrad(chainer.FunctionNode):
    """Gradient of the weight. No user needs it differentiated again: it refuses."""

    def __init__(self, node: SpectralNormalize):
        self.node = node

    def forward(self, inputs):
        node = self.node
        (g, shape), (normalized, _) = (node._matrix(array) for array in inputs)
        return node._weight(kernel.weight_gradient(g, normalized, node.u, node.v, node.sigma), shape),

    def backward(self, indexes, grad_outputs):
        raise NotImplementedError('spectral_normalize can be differentiated once, not twice')


def spectral_normalize(W: chainer.Variable, u: numpy.ndarray, axis: int = 0) -> tuple:
    """Divide a weight by its largest singular value (Miyato et al. 2018, arXiv:1802.05957).

    ``W`` has its output channels on ``axis`` (0 for a convolution, 1 for a transposed one); ``u`` (out,) is the
    running estimate of the left singular vector. Returns the normalised weight and the new ``u``, which the
    caller keeps when it trains.
    """
    node = SpectralNormalize(u, axis)
    normalized, = node.apply((W,))
    return normalized, node.u


class SpectralLayers:
    """The weights of a network, normalised together: the arithmetic of ``spectral_normalize`` in fewer launches."""

    def __init__(self):
        self._layers = kernel.Layers()

    def normalize(self, Ws: Sequence, us: Sequence, axes: Sequence[int], update: bool) -> list:
        """Normalised weights, in order; with ``update`` every array in ``us`` becomes the new one."""
        # The others lie in memory as no matrix: each is copied to one, and goes by itself.
        together = [axis == 0 and W.array.flags.c_contiguous for W, axis in zip(Ws, axes)]
        matrices = [W.array.reshape(len(W), -1) for W, suits in zip(Ws, together) if suits]
        found = iter(self._layers.normalize(matrices, [u for u, suits in zip(us, together) if suits], update))
        return [self._one(W, u, axis, next(found) if suits else None, update)
                for W, u, axis, suits in zip(Ws, us, axes, together)]

    @staticmethod
    def _one(W, u, axis, found, update):
        node = SpectralNormalize(u, axis, found)
        normalized, = node.apply((W,))
        if update and found is None:
            u[...] = node.u
        return normalized
