"""Convolution, differentiable any number of times, and several convolutions of one image at once."""
from collections.abc import Sequence
from typing import TypeAlias

from chainer import FunctionNode, Variable, functions

from kernels import convolution as kernels
from kernels.bias_act import add_bias, bias_gradient
from spade_anime.types import Arrays, Indexes, Operand, Variables

Size: TypeAlias = tuple[int, int]
"""Height and width."""


def convolution_2d(x: Operand, W: Operand, b: Operand | None = None, stride: int = 1, pad: int = 0,
                   dilate: int = 1) -> Variable:
    """Convolve ``x`` (N, C, H, W) with ``W`` (O, C, kh, kw) and add ``b`` (O,): (N, O, oh, ow).

    Differentiable any number of times. Sizes round down: rows that no window covers get no gradient.
    """
    return _Convolution(stride, pad, dilate).apply((x, W) if b is None else (x, W, b))[0]


def deconvolution_2d(x: Operand, W: Operand, b: Operand | None = None, stride: int = 1, pad: int = 0,
                     outsize: Size | None = None) -> Variable:
    """Transposed convolution of ``x`` (N, I, H, W) with ``W`` (I, O, kh, kw): (N, O, *outsize).

    ``outsize`` defaults to ``stride * (size - 1) + kernel - 2 * pad``. Differentiable any number of times.
    """
    if outsize is None:
        outsize = kernels.transposed_size(x.shape[2:], W.shape[2:], stride, pad)
    size = kernels.output_size(outsize, W.shape[2:], stride, pad)
    if size != x.shape[2:]:
        raise ValueError(f'outsize {outsize} belongs to inputs of size {size}; the input has {x.shape[2:]}')
    return _InputGradient(outsize, stride, pad, 1).apply((x, W) if b is None else (x, W, b))[0]


def convolution_2d_shared(x: Operand, Ws: Sequence[Operand], bs: Sequence[Operand],
                          pad: int = 1) -> tuple[Variable, ...]:
    """Convolve one image ``x`` (N, C, H, W) with each of ``Ws``, all of one kernel size, and add ``bs``.

    Each output is an array of its own. Where the image is gathered into columns, that is once for all. SPADE's
    gamma and beta of all layers that read one map (Park et al. 2019, eq. 1) are such a group. First order only.
    """
    Ws, bs = tuple(Ws), tuple(bs)
    if len(Ws) != len(bs):
        raise ValueError(f'{len(Ws)} weights and {len(bs)} biases; each weight needs one bias')
    kernel_sizes = {W.shape[2:] for W in Ws}
    if len(kernel_sizes) != 1:
        raise ValueError(f'the kernel sizes are {sorted(kernel_sizes)}; they have to be equal')
    return _SharedConvolution(pad).apply((x, *Ws, *bs))


class _Convolution(FunctionNode):
    def __init__(self, stride: int, pad: int, dilate: int):
        self.geometry = stride, pad, dilate

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        x, W, *b = inputs
        return kernels.convolve(x, W, b[0] if b else None, *self.geometry),

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        x, W = self.get_retained_inputs()
        gy, = gys
        gradients = []
        if 0 in indexes:
            gradients += _InputGradient(x.shape[2:], *self.geometry).apply((gy, W))
        if 1 in indexes:
            gradients += _WeightGradient(W.shape[2:], *self.geometry, with_bias=2 in indexes).apply((x, gy))
        elif 2 in indexes:
            gradients += _BiasGradient().apply(gys)
        return gradients


class _InputGradient(FunctionNode):
    """Gradient of a convolution by its image; with a bias, transposed convolution."""

    def __init__(self, x_size: Size, stride: int, pad: int, dilate: int):
        self.x_size, self.geometry = x_size, (stride, pad, dilate)

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        gy, W, *b = inputs
        gx = kernels.input_gradient(gy, W, self.x_size, *self.geometry)
        if b:
            add_bias(gx, b[0])
        return gx,

    def backward(self, indexes: Indexes, ggxs: Variables) -> Variables:
        gy, W = self.get_retained_inputs()
        ggx, = ggxs
        gradients = []
        if 0 in indexes:
            gradients += _Convolution(*self.geometry).apply((ggx, W))
        if 1 in indexes:
            gradients += _WeightGradient(W.shape[2:], *self.geometry).apply((ggx, gy))
        if 2 in indexes:
            gradients += _BiasGradient().apply(ggxs)
        return gradients


class _WeightGradient(FunctionNode):
    """Gradient of a convolution by its weights and, ``with_bias``, as a second output by its bias."""

    def __init__(self, kernel_size: Size, stride: int, pad: int, dilate: int, with_bias: bool = False):
        self.kernel_size, self.geometry, self.with_bias = kernel_size, (stride, pad, dilate), with_bias

    def forward(self, inputs: Arrays) -> Arrays:
        self.retain_inputs((0, 1))
        x, gy = inputs
        if self.with_bias:
            return kernels.weight_and_bias_gradient(x, gy, self.kernel_size, *self.geometry)
        return kernels.weight_gradient(x, gy, self.kernel_size, *self.geometry),

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        x, gy = self.get_retained_inputs()
        ggW, ggb = ggs if self.with_bias else (*ggs, None)
        if ggW is None:
            return [None if i == 0 else _as_image(ggb, gy.shape) for i in indexes]
        gradients = []
        if 0 in indexes:
            gradients += _InputGradient(x.shape[2:], *self.geometry).apply((gy, ggW))
        if 1 in indexes:
            gradients += _Convolution(*self.geometry).apply((x, ggW) if ggb is None else (x, ggW, ggb))
        return gradients


class _BiasGradient(FunctionNode):
    def forward(self, inputs: Arrays) -> Arrays:
        gy, = inputs
        self.shape = gy.shape
        return bias_gradient(gy),

    def backward(self, indexes: Indexes, ggbs: Variables) -> Variables:
        return _as_image(ggbs[0], self.shape),


def _as_image(vector: Operand, shape: tuple[int, ...]) -> Variable:
    """A number for each channel (C,) as an image (N, C, H, W)."""
    return functions.broadcast_to(functions.reshape(vector, (1, -1, 1, 1)), shape)


class _SharedConvolution(FunctionNode):
    def __init__(self, pad: int):
        self.pad = pad

    def forward(self, inputs: Arrays) -> Arrays:
        count = len(inputs) // 2
        self.retain_inputs(tuple(range(count + 1)))
        return kernels.convolve_shared(inputs[0], inputs[1:count + 1], inputs[count + 1:], self.pad)

    def backward(self, indexes: Indexes, gys: Variables) -> Variables:
        given = [i for i, gy in enumerate(gys) if gy is not None]
        x, *Ws = self.get_retained_inputs()
        gradients = _SharedGradients(indexes, given, len(gys), self.pad).apply(
            (x, *(Ws[i] for i in given), *(gys[i] for i in given)))
        return self._spread(gradients, indexes, given, len(gys))

    @staticmethod
    def _spread(gradients: Variables, indexes: Indexes, given: Indexes, count: int) -> Variables:
        """Put None where an output without a gradient leaves a weight or bias without one."""
        known = iter(gradients)
        return [next(known) if i == 0 or (i - 1) % count in given else None for i in indexes]


class _SharedGradients(FunctionNode):
    """Gradients of ``convolution_2d_shared`` by those inputs at ``indexes`` that have one.

    Its inputs are the image, then the weights and the output gradients of the ``given`` of ``count`` outputs.
    """

    def __init__(self, indexes: Indexes, given: Indexes, count: int, pad: int):
        self.indexes, self.given, self.count, self.pad = indexes, given, count, pad

    def forward(self, inputs: Arrays) -> Arrays:
        known = len(self.given)
        x, Ws, gys = inputs[0], inputs[1:known + 1], inputs[known + 1:]
        gradients = {}
        if 0 in self.indexes:
            gradients[0] = kernels.input_gradient_shared(gys, Ws, x.shape[2:], self.pad)
        if any(self.indexes):
            gWs, gbs = kernels.weight_gradient_shared(x, gys, Ws[0].shape[2:], self.pad)
            gradients.update((1 + i, gW) for i, gW in zip(self.given, gWs))
            gradients.update((1 + self.count + i, gb) for i, gb in zip(self.given, gbs))
        return tuple(gradients[i] for i in self.indexes if i in gradients)

    def backward(self, indexes: Indexes, ggs: Variables) -> Variables:
        raise NotImplementedError('convolution_2d_shared is differentiable once only; use convolution_2d')
