"""Convolutions of the SPADE networks at 256 px, images channels-last as they are between layers.

Weights are contiguous as training keeps them; PyTorch's are channels-last, as a model in that format keeps them. Where
oneDNN does not load, the columns of a CPU are timed with the copy that makes their images channels-first.
"""
from collections.abc import Iterator
from typing import NamedTuple

from kernels import convolution
from kernels.benchmarking.cases import Case, normal


class Shape(NamedTuple):
    """A convolution of a square image."""

    channels: int
    outputs: int
    size: int
    kernel: int
    stride: int = 1
    pad: int = 1
    dilate: int = 1

    @property
    def geometry(self) -> tuple[int, int, int]:
        """Stride, padding and dilation."""
        return self[4:]

    @property
    def y_size(self) -> int:
        """Size of what comes out."""
        return convolution.output_size((self.size,) * 2, self.kernel, *self.geometry)[0]


MAPPING = [Shape(4, 4, 256, 3), Shape(3, 4, 256, 3), Shape(4, 8, 256, 3), Shape(8, 16, 256, 3, 1, 2, 2),
           Shape(16, 32, 256, 3, 1, 4, 4)]
MODULATIONS = [Shape(32, channels, size, 3) for size, channels in
               ((4, 512), (8, 512), (16, 512), (32, 256), (32, 512), (64, 128), (64, 256), (128, 64), (128, 128),
                (256, 32), (256, 64))]
BLOCKS = [Shape(4, 512, 4, 3), *(Shape(512, 512, size, 3) for size in (4, 8, 16)),
          *(Shape(*shape, 3) for shape in ((512, 256, 32), (256, 256, 32), (256, 128, 64), (128, 128, 64),
                                           (128, 64, 128), (64, 64, 128), (64, 32, 256), (32, 3, 256))),
          *(Shape(*shape, 1, 1, 0) for shape in ((512, 256, 32), (256, 128, 64), (128, 64, 128), (64, 32, 256)))]
DISCRIMINATOR = [Shape(10, 64, 256, 4, 2), Shape(64, 128, 128, 4, 2), Shape(128, 256, 64, 4, 2),
                 Shape(256, 512, 32, 4), Shape(512, 512, 31, 4), Shape(256, 32, 32, 1, 1, 0),
                 Shape(32, 256, 32, 1, 1, 0),
                 *(Shape(*channels, 30, 3) for channels in ((512, 256), (256, 256), (256, 128), (128, 128), (128, 64),
                                                            (64, 64), (64, 1)))]
SHAPES = MAPPING + MODULATIONS + BLOCKS + DISCRIMINATOR
# Of the options and of the other systems: pyramids of dilations, transposed convolutions, sub-pixel convolutions.
OTHERS = [*(Shape(32, 16, 256, 3, 1, rate, rate) for rate in (24, 47, 71)), Shape(64, 64, 256, 4, 2),
          Shape(64, 128, 64, 5, 2, 2), Shape(64, 256, 128, 3)]
TIMED = [Shape(32, 64, 256, 3), Shape(64, 64, 128, 3), Shape(256, 256, 32, 3), Shape(512, 512, 8, 3),
         Shape(10, 64, 256, 4, 2), Shape(256, 512, 32, 4)]


def cases(batch: int) -> Iterator[Case]:
    """Forward and both gradients."""
    for shape in TIMED:
        x, y = (normal(batch, size, size, channels, seed=seed) for seed, (size, channels) in
                enumerate(((shape.size, shape.channels), (shape.y_size, shape.outputs))))
        W = normal(shape.outputs, shape.channels, shape.kernel, shape.kernel, seed=2)
        W_last, moved = W.transpose(0, 2, 3, 1).copy(), x.nbytes + W.nbytes + y.nbytes
        size = f'{batch}x{shape.channels}x{shape.size}^2 to {shape.outputs}, {shape.kernel}x{shape.kernel}'
        for op, arrays, run, torch in (('convolve', (x, W, W_last), _convolve, _torch),
                                       ('convolve_input_gradient', (y, W, W_last), _input_gradient, _torch_input),
                                       ('convolve_weight_gradient', (x, y, W_last), _weight_gradient, _torch_weight)):
            yield Case(op, size, arrays, run(shape), moved, torch(shape))


def _first(image):
    """Indexed channels first; the memory stays as it is."""
    return image.transpose(0, 3, 1, 2)


def _convolve(shape):
    return lambda a, impl: convolution.convolve(_first(a[0]), a[1], None, *shape.geometry, impl=impl)


def _input_gradient(shape):
    return lambda a, impl: convolution.input_gradient(_first(a[0]), a[1], (shape.size,) * 2, *shape.geometry, impl=impl)


def _weight_gradient(shape):
    return lambda a, impl: convolution.weight_gradient(_first(a[0]), _first(a[1]), (shape.kernel,) * 2,
                                                       *shape.geometry, impl=impl)


def _torch(shape):
    def run(tensors):
        from torch.nn import functional
        x, _, W = (tensor.permute(0, 3, 1, 2) for tensor in tensors)
        return functional.conv2d(x, W, None, *shape.geometry)
    return run


def _torch_input(shape):
    def run(tensors):
        from torch.nn import grad
        gy, _, W = (tensor.permute(0, 3, 1, 2) for tensor in tensors)
        return grad.conv2d_input((len(gy), shape.channels, shape.size, shape.size), W, gy, *shape.geometry)
    return run


def _torch_weight(shape):
    def run(tensors):
        from torch.nn import grad
        x, gy, W = (tensor.permute(0, 3, 1, 2) for tensor in tensors)
        return grad.conv2d_weight(x, W.shape, gy, *shape.geometry)
    return run
