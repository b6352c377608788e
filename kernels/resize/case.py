"""Doubling of the generator's feature maps, and its mapped label at the size of each block."""
from collections.abc import Iterator

from kernels.benchmarking.cases import Case, normal
from kernels.resize import resize, resize_gradient


def cases(batch: int) -> Iterator[Case]:
    """Bilinear at half-pixel places; 512 channels at 8 px and 128 at 128 px doubled, 32 channels shrunk to 64 px."""
    for channels, size, target in ((512, 8, 16), (128, 128, 256), (32, 256, 64)):
        x, gy = normal(batch, channels, size, size), normal(batch, channels, target, target, seed=1)
        label = f'({batch}, {channels}, {size}, {size}) to {target}'
        # Shrinking by more than two reads two samples of each axis and skips the rest.
        read = min(x.nbytes, 4 * gy.nbytes)
        yield Case('resize', label, (x,), lambda a, impl, n=target: resize(a[0], (n, n), impl=impl),
                   read + gy.nbytes, lambda tensors, n=target: _torch(tensors[0], n))
        yield Case('resize_gradient', label, (gy,), lambda a, impl, n=size: resize_gradient(a[0], (n, n), impl=impl),
                   gy.nbytes + x.nbytes)


def _torch(x, size):
    import torch
    return torch.nn.functional.interpolate(x, (size, size), mode='bilinear', align_corners=False)
