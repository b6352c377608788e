"""Where to compute: a CUDA device or the CPU."""
import gc
import os
import sys

import chainer
import numpy
from chainer.backends import cuda

from kernels.runtime.memory import choose_gpu_memory
from spade_anime.errors import InputError

if sys.platform != 'win32':
    import resource


class DeviceError(InputError):
    """The requested device is not available."""


def cuda_devices() -> int:
    """Number of CUDA devices that CuPy can use; 0 without CuPy or without a driver."""
    if not cuda.available:
        return 0
    try:
        return cuda.cupy.cuda.runtime.getDeviceCount()
    except cuda.cupy.cuda.runtime.CUDARuntimeError:
        return 0


def limit_memory() -> None:
    """Limit this process to the machine's memory when it computes on the CPU.

    An allocation that can never succeed then fails at once with an error. Without a limit the machine would swap for
    minutes until the system kills some process. GPU drivers map more than the memory, so there is no limit with a GPU,
    nor on Windows.
    """
    if sys.platform == 'win32' or cuda_devices():
        return
    memory = os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES')
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (soft, hard, memory) if limit not in (resource.RLIM_INFINITY, -1)]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))


def free_unused(device: chainer.backend.Device) -> None:
    """Return memory that CuPy's default pool holds but no array uses to the device; does nothing on a CPU."""
    if device.xp is not numpy:
        gc.collect()
        device.xp.get_default_memory_pool().free_all_blocks()


def choose_device(wanted: str, number: int = 0) -> chainer.backend.Device:
    """Select 'cpu', 'cuda', or 'auto': a CUDA device if there is one. ``number``: of the CUDA device.

    Raises DeviceError if there is no device for 'cuda', InputError if SPADE_ANIME_UNPOOLED has a value that is not
    allowed.
    """
    if wanted == 'cuda' and not cuda_devices():
        raise DeviceError('--device cuda: no CUDA device, or no CuPy (install the extra cuda12 or cuda13); '
                          'allowed here: cpu, auto')
    on_gpu = wanted != 'cpu' and cuda_devices() > 0
    if on_gpu:
        try:
            choose_gpu_memory()
        except ValueError as error:
            raise InputError(str(error)) from error
    device = chainer.get_device(f'@cupy:{number}' if on_gpu else '@numpy')
    device.use()
    return device
