"""Whether this machine has a GPU, found without CuPy, whose import takes longer than all of --help."""
import ctypes
import importlib.util
import sys

DRIVER = 'nvcuda.dll' if sys.platform == 'win32' else 'libcuda.so.1'


def has_gpu() -> bool:
    """Whether CuPy is installed, and the CUDA driver knows of a device that this process may use."""
    if importlib.util.find_spec('cupy') is None:
        return False
    try:
        driver = ctypes.CDLL(DRIVER)
    except OSError:
        return False
    count = ctypes.c_int(0)
    return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
