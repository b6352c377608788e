"""cuBLAS' stand-in on the CPU, for products of NumPy arrays with ``impl='cuda'``."""
import ctypes
import functools
from pathlib import Path

import cuda_emulator
import numpy

from kernels.matmul.cublas import Handle

SOURCE = Path(__file__).with_name('cublas.cpp')
ALIGNMENT = 256


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled stand-in; asks for g++, as the emulator does."""
    loaded = ctypes.CDLL(str(cuda_emulator.build(SOURCE.read_text(), cuda_emulator.LIBRARY, SOURCE.name)))
    loaded.stand_in_calls.restype = ctypes.c_char_p
    return loaded


@functools.cache
def handle() -> Handle:
    """A handle with a workspace that nothing writes to, aligned as cuBLAS asks for."""
    buffer = numpy.zeros(2 * ALIGNMENT, numpy.uint8)
    start = -buffer.ctypes.data % ALIGNMENT
    return Handle(library(), buffer[start:start + ALIGNMENT])


def calls() -> list[list[str]]:
    """What was called since the last time that this was asked, in words."""
    lines = library().stand_in_calls().decode().splitlines()
    library().stand_in_forget()
    return [line.split() for line in lines]
