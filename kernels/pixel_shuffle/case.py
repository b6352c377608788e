"""Sub-pixel upsampling of the generator's feature maps, after the convolution."""
from collections.abc import Iterator

from kernels.benchmarking.cases import Case, normal
from kernels.pixel_shuffle import pixel_shuffle, pixel_shuffle_gradient


def cases(batch: int) -> Iterator[Case]:
    """512 channels at 8 px and 128 at 128 px doubled, with bias and without activation, as the generator does."""
    for channels, size in ((512, 8), (128, 128)):
        x, bias = normal(batch, 4 * channels, size, size), normal(4 * channels, seed=1)
        gy = normal(batch, channels, 2 * size, 2 * size, seed=2)
        yield Case('pixel_shuffle', f'{x.shape}', (x, bias), lambda a, impl: pixel_shuffle(*a, impl=impl),
                   2 * x.nbytes, _torch)
        yield Case('pixel_shuffle_gradient', f'{gy.shape}', (gy,),
                   lambda a, impl: pixel_shuffle_gradient(a[0], impl=impl), 2 * gy.nbytes)


def _torch(tensors):
    """PyTorch's order of channels is another: what it moves is the same."""
    import torch
    x, bias = tensors
    return torch.nn.functional.pixel_shuffle(x + bias[:, None, None], 2)
