"""Spectrally normalised weights, differentiable once."""
import chainer
import numpy

from kernels import spectral_norm as kernel


class SpectralNormalize(chainer.FunctionNode):
    """``W / sigma(W)``; keeps the normalised weight and the two singular vectors."""

    def __init__(self, u: numpy.ndarray, axis: int):
        self.u, self.axis = u, axis

    def forward(self, inputs):
        weight, = inputs
        matrix, shape = self._matrix(weight)
        normalized, self.u, self.v, self.sigma = kernel.normalize(matrix, self.u)
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
        raise RuntimeError('spectral_normalize can be differentiated once, not twice')


def spectral_normalize(W: chainer.Variable, u: numpy.ndarray, axis: int = 0) -> tuple:
    """Divide a weight by its largest singular value (Miyato et al. 2018, arXiv:1802.05957).

    ``W`` has its output channels on ``axis`` (0 for a convolution, 1 for a transposed one); ``u`` (out,) is the
    running estimate of the left singular vector. Returns the normalised weight and the new ``u``, which the
    caller keeps when it trains.
    """
    node = SpectralNormalize(u, axis)
    normalized, = node.apply((W,))
    return normalized, node.u
