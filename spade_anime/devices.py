"""Where to compute: a CUDA device or the CPU."""
import chainer
from chainer.backends import cuda

from spade_anime.errors import InputError

CUDA = '@cupy:0'


class DeviceError(InputError):
    """The device that was asked for is not there."""


def cuda_devices() -> int:
    """Number of CUDA devices that CuPy can use; 0 without CuPy or without a driver."""
    if not cuda.available:
        return 0
    try:
        return cuda.cupy.cuda.runtime.getDeviceCount()
    except cuda.cupy.cuda.runtime.CUDARuntimeError:
        return 0


def choose_device(wanted: str) -> chainer.backend.Device:
    """'cpu', 'cuda', or 'auto' for a CUDA device where there is one. Raises DeviceError if 'cuda' is not there."""
    if wanted == 'cuda' and not cuda_devices():
        raise DeviceError('--device cuda: no CUDA device, or no CuPy (install the extra cuda12 or cuda13); '
                          'allowed here: cpu, auto')
    device = chainer.get_device('@numpy' if wanted == 'cpu' or not cuda_devices() else CUDA)
    device.use()
    return device
