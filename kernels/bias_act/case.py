"""Bias and activation behind the mapping networks' and the discriminator's first convolution, and of the image."""
from collections.abc import Iterator

from kernels.benchmarking.cases import Case, normal
from kernels.bias_act import bias_act, bias_act_double_gradient, bias_act_gradient

SLOPE = 0.2


def cases(batch: int) -> Iterator[Case]:
    """Leaky ReLU to the second order, as a gradient penalty needs it, and tanh of the painted image."""
    for channels, pixels in ((32, 256), (64, 128)):
        x, y, gy = (normal(batch, channels, pixels, pixels, seed=seed) for seed in range(3))
        b, size = normal(channels), f'{x.shape}'
        yield Case('bias_act', size, (x, b), lambda a, impl: bias_act(*a, slope=SLOPE, impl=impl), 2 * x.nbytes, _torch)
        yield Case('bias_act_gradient', size, (y, gy), _gradient, 3 * x.nbytes, _torch_gradient)
        yield Case('bias_act_double_gradient', size, (y, gy, x), _double_gradient, 3 * x.nbytes)
    x, b = normal(batch, 3, 256, 256), normal(3)
    yield Case('bias_act tanh', f'{x.shape}', (x, b), lambda a, impl: bias_act(*a, 'tanh', impl=impl), 2 * x.nbytes,
               _torch_tanh)


def _gradient(arrays, impl):
    return bias_act_gradient(*arrays, slope=SLOPE, bias_dtype='float32', impl=impl)


def _double_gradient(arrays, impl):
    return bias_act_double_gradient(*arrays, slope=SLOPE, impl=impl)


def _torch(tensors):
    from torch.nn import functional
    x, b = tensors
    return functional.leaky_relu(x + b[:, None, None], SLOPE)


def _torch_gradient(tensors):
    import torch
    y, gy = tensors
    gx = torch.ops.aten.leaky_relu_backward(gy, y, SLOPE, True)
    return gx, gx.sum((0, 2, 3))


def _torch_tanh(tensors):
    x, b = tensors
    return (x + b[:, None, None]).tanh()
