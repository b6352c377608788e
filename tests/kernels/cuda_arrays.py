"""Arrays for tests of CUDA kernels, and comparing what comes of them."""
import numpy


def channels_last(device, array):
    """(N, C, H, W) array on the device that lies in memory as (N, H, W, C)."""
    return device.array(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def layouts(device, *arrays):
    """The arrays on the device, first as they are indexed in memory, then channels-last."""
    yield [device.array(array) for array in arrays]
    yield [channels_last(device, array) for array in arrays]


def lies_alike(array, other) -> bool:
    """Whether two arrays order their axes alike in memory; axes of length 1 lie either way."""
    axes = [axis for axis in range(array.ndim) if min(array.shape[axis], other.shape[axis]) > 1]
    orders = [sorted(axes, key=lambda axis, strides=a.strides: -abs(strides[axis])) for a in (array, other)]
    return orders[0] == orders[1]


def assert_close(device, actual, desired, tolerance: float):
    """Compare an array on the device with one in double precision, relative to the largest magnitude there."""
    desired = device.numpy(desired)
    scale = abs(desired).max() if desired.size else 1
    numpy.testing.assert_allclose(device.numpy(actual), desired, rtol=tolerance, atol=tolerance * max(scale, 1e-3))
    assert actual.shape == desired.shape
