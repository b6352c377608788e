"""Spectrally normalised weights, differentiable once."""
from collections.abc import Sequence

import chainer

from kernels import spectral_norm as kernel
from spade_anime.types import Array, Arrays, Indexes, Variables


class SpectralNormalize(chainer.FunctionNode):
    """``W / sigma(W)`` of some weights, one node for all; keeps the results and the singular vectors."""

    def __init__(self, axes: Sequence[int], found: Sequence[Arrays]):
        """``found``: what ``kernels.spectral_norm`` has made of each weight, whose output channels are on its axis."""
        self.axes, self.found = axes, list(found)

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_outputs(tuple(range(len(inputs))))
        weights = tuple(_weight(found[0], W, axis) for found, W, axis in zip(self.found, inputs, self.axes))
        self.vectors = [found[1:] for found in self.found]
        self.found.clear()
        return weights

    def backward(self, indexes: Indexes, grad_outputs: Variables) -> Variables:
        normalized = [output.array for output in self.get_retained_outputs()]
        given = [i for i in indexes if grad_outputs[i] is not None]
        cases = [(normalized[i], self.vectors[i], self.axes[i]) for i in given]
        gradients = dict(zip(given, SpectralNormalizeGrad(cases).apply([grad_outputs[i] for i in given])))
        return [gradients.get(i) for i in indexes]


class SpectralNormalizeGrad(chainer.FunctionNode):
    """Gradients of the weights, which cannot be differentiated again: nothing needs that."""

    def __init__(self, cases: Sequence[tuple[Array, Arrays, int]]):
        self.cases = cases

    def forward(self, inputs: Arrays) -> Arrays:
        found = kernel.weight_gradients([
            (_matrix(g, axis), _matrix(normalized, axis), *vectors)
            for g, (normalized, vectors, axis) in zip(inputs, self.cases)])
        return tuple(_weight(gradient, g, axis) for gradient, g, (_, _, axis) in zip(found, inputs, self.cases))

    def backward(self, indexes: Indexes, grad_outputs: Variables) -> Variables:
        raise NotImplementedError('spectral_normalize can be differentiated once, not twice')


def _matrix(weight: Array, axis: int) -> Array:
    """The weight as a matrix whose rows are its output channels, on ``axis``."""
    moved = weight.swapaxes(0, axis)
    return moved.reshape(len(moved), -1)


def _weight(matrix: Array, like: Array, axis: int) -> Array:
    return matrix.reshape(like.swapaxes(0, axis).shape).swapaxes(0, axis)


def spectral_normalize(W: chainer.Variable, u: Array, axis: int = 0) -> tuple[chainer.Variable, Array]:
    """Divide a weight by its largest singular value (Miyato et al. 2018, arXiv:1802.05957).

    ``W`` has its output channels on ``axis`` (0 for a convolution, 1 for a transposed one); ``u`` (out,) is the
    running estimate of the left singular vector. Returns the normalised weight and the new ``u``, which the
    caller keeps when it trains.
    """
    found = kernel.normalize(_matrix(W.array, axis), u)
    return SpectralNormalize([axis], [found]).apply((W,))[0], found[1]


class SpectralLayers:
    """The weights of a network, normalised together: the arithmetic of ``spectral_normalize`` in fewer launches."""

    def __init__(self) -> None:
        self._layers = kernel.Layers()

    def normalize(self, Ws: Sequence[chainer.Variable], us: Sequence[Array], axes: Sequence[int],
                  update: bool) -> Variables:
        """Normalised weights, in order; with ``update`` every array in ``us`` becomes the new one."""
        if not Ws:
            return ()
        # The others are not matrices in memory: each is copied to one, and normalised on its own.
        together = [axis == 0 and W.array.flags.c_contiguous for W, axis in zip(Ws, axes)]
        matrices = [_matrix(W.array, 0) for W, suits in zip(Ws, together) if suits]
        found = iter(self._layers.normalize(matrices, [u for u, suits in zip(us, together) if suits], update))
        results = [next(found) if suits else self._one(_matrix(W.array, axis), u, update)
                   for W, u, axis, suits in zip(Ws, us, axes, together)]
        return SpectralNormalize(axes, results).apply(Ws)

    @staticmethod
    def _one(matrix: Array, u: Array, update: bool) -> Arrays:
        found = kernel.normalize(matrix, u)
        if update:
            u[...] = found[1]
        return found
