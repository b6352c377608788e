"""Convolutions with an optional spectral normalisation of their weight."""
import contextlib
from collections.abc import Iterator, Sequence

import chainer
import numpy
from chainer import initializers
from chainer.initializer import Initializer

from spade_anime.functions.bias_act import bias_act
from spade_anime.functions.convolution import convolution_2d, deconvolution_2d
from spade_anime.functions.spectral_norm import spectral_normalize
from spade_anime.types import Operand


class Convolution(chainer.Link):
    """Weight, bias and the running singular vector of both kinds of convolution.

    ``axis``: that of the output channels in ``weight_shape``.
    """

    def __init__(self, weight_shape: tuple[int, ...], out_channels: int, axis: int, nobias: bool, spectral: bool,
                 initial_weight: Initializer | None, initial_bias: float = 0):
        super().__init__()
        with self.init_scope():
            self.W = chainer.Parameter(initial_weight or initializers.HeNormal(), weight_shape)
            self.b = None if nobias else chainer.Parameter(initial_bias, (out_channels,))
        self.axis, self.spectral = axis, spectral
        self.given_weight: chainer.Variable | None = None
        if spectral:
            self.W_u = numpy.random.normal(size=out_channels).astype(numpy.float32)
            self.register_persistent('W_u')

    def weight(self) -> chainer.Variable:
        """Weight to convolve with. Training keeps the step of the power iteration; test mode changes nothing."""
        if not self.spectral:
            return self.W
        if self.given_weight is not None:
            return self.given_weight
        normalized, u = spectral_normalize(self.W, self.W_u, self.axis)
        if chainer.config.train:
            self.W_u[...] = u
        return normalized


@contextlib.contextmanager
def given_weights(convolutions: Sequence[Convolution], weights: Sequence[chainer.Variable]) -> Iterator[None]:
    """Within, each convolution uses its one of ``weights``, which are normalised, and normalises none itself."""
    for convolution, weight in zip(convolutions, weights, strict=True):
        convolution.given_weight = weight
    try:
        yield
    finally:
        for convolution in convolutions:
            convolution.given_weight = None


class Convolution2D(Convolution):
    """Convolution of (B, in, H, W) to (B, out, H', W'); ``spectral`` normalises the weight each call."""

    def __init__(self, in_channels: int, out_channels: int, ksize: int, stride: int = 1, pad: int = 0,
                 dilate: int = 1, nobias: bool = False, spectral: bool = False,
                 initial_weight: Initializer | None = None, initial_bias: float = 0):
        super().__init__((out_channels, in_channels, ksize, ksize), out_channels, 0, nobias, spectral,
                         initial_weight, initial_bias)
        self.stride, self.pad, self.dilate = stride, pad, dilate

    def forward(self, x: Operand) -> chainer.Variable:
        return self._convolved(x, self.b)

    def activated(self, x: Operand, activation: str = 'leaky_relu', slope: float = 0.2) -> chainer.Variable:
        """``activation(self(x))``, as in ``bias_act``, which adds the bias in the pass that it takes anyway."""
        return bias_act(self._convolved(x, None), self.b, activation, slope)

    def _convolved(self, x: Operand, b: Operand | None) -> chainer.Variable:
        return convolution_2d(x, self.weight(), b, self.stride, self.pad, self.dilate)


class Deconvolution2D(Convolution):
    """Transposed convolution of (B, in, H, W), stride 2: to (B, out, 2H, 2W). ``ksize``: 4 or 5."""

    def __init__(self, in_channels: int, out_channels: int, ksize: int = 4, spectral: bool = False,
                 initial_weight: Initializer | None = None):
        super().__init__((in_channels, out_channels, ksize, ksize), out_channels, 1, False, spectral, initial_weight)
        self.pad = (ksize - 1) // 2

    def forward(self, x: Operand) -> chainer.Variable:
        height, width = x.shape[2:]
        return deconvolution_2d(x, self.weight(), self.b, 2, self.pad, (2 * height, 2 * width))
