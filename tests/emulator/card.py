"""The tests' kernels on a CUDA device: NumPy arrays are taken there before a launch and brought back after it."""
import dataclasses
from collections.abc import Callable

import numpy

from kernels import _module


@dataclasses.dataclass(frozen=True)
class Card:
    """A backend for ``kernels._module.use`` beside the emulator: the same tests, the same launches, on the device."""

    def compile(self, text: str, name: str) -> Callable[[str], Callable]:
        """Compile by NVRTC for the device; each launch copies the arrays both ways."""
        lookup = _module.CuPy().compile(text, name)

        def kernel(function: str) -> Callable:
            launch = lookup(function)

            def run(grid, block, args, shared_mem=0):
                import cupy
                there = [cupy.asarray(arg) if isinstance(arg, numpy.ndarray) else arg for arg in args]
                launch(grid, block, tuple(there), shared_mem=shared_mem)
                for arg, result in zip(args, there):
                    if isinstance(arg, numpy.ndarray) and arg.flags.writeable:
                        arg[...] = result.get()
            return run
        return kernel
