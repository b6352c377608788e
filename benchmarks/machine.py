"""What a row has to say of the machine, and what the machine can do at best."""
import datetime
import importlib.metadata
import os
import platform
from pathlib import Path

import numpy

from benchmarks.sides import Settings, Side

PACKAGES = ('chainer', 'numpy', 'cupy-cuda12x', 'cupy-cuda13x', 'nvidia-cudnn-frontend', 'onnxruntime', 'torch')
MATRIX = {True: 8192, False: 2048}
"""Rows and columns of the product that shows the rate of a GPU and of a CPU."""


def versions() -> str:
    """Versions of what takes part, and settings that change speed."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f'{name}-{importlib.metadata.version(name)}')
        except importlib.metadata.PackageNotFoundError:
            continue
    # NumPy's BLAS takes the kernels of another processor if it is told to, at half the speed: rows have to say so.
    settings = [f'{name}={value}' for name, value in sorted(os.environ.items())
                if name.startswith(('OPENBLAS_', 'SPADE_ANIME_'))]
    return ' '.join([f'python-{platform.python_version()}', *found, *settings])


def processor() -> str:
    """Name of the processor and the number of cores in use."""
    lines = Path('/proc/cpuinfo').read_text().splitlines() if Path('/proc/cpuinfo').exists() else []
    names = [line.split(':')[1].strip() for line in lines if line.startswith('model name')]
    return f'{names[0] if names else platform.processor()} x{len(os.sched_getaffinity(0))}'


def today() -> str:
    """The date, as rows have it."""
    return datetime.date.today().isoformat()


class Limits(Side):
    """Bandwidth of a copy and rate of a large matrix product in the precision of the settings."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        from kernels.benchmarking.machines import Cpu, Gpu
        from kernels.runtime.machine import choose
        choose(precision=settings.precision)
        self.machine = Gpu() if settings.gpu else Cpu()

    STEPS = {}

    def name(self) -> str:
        """The card and its driver, or the processor."""
        if not self.settings.gpu:
            return processor()
        import cupy
        runtime = cupy.cuda.runtime.runtimeGetVersion()
        return f'{self.machine.name}, runtime {runtime // 1000}.{runtime % 1000 // 10}'

    def bandwidth(self) -> float:
        """Bytes a second that a copy reads and writes."""
        from kernels.benchmarking.machines import copy_bandwidth
        return copy_bandwidth(self.machine)

    def rate(self) -> float:
        """Operations a second of a product of two large matrices, by the calls that training makes."""
        from kernels.benchmarking.cases import Case
        from kernels.matmul import matmul
        n = MATRIX[self.settings.gpu]
        dtype = numpy.float16 if self.settings.precision == 'fp16' else numpy.float32
        factors = tuple(numpy.random.default_rng(i).standard_normal((n, n), numpy.float32).astype(dtype)
                        for i in range(2))
        a, b = self.machine.arrays(Case('product', '', factors, None, 0))
        out = matmul(a, b)
        product = self.machine.prepare(lambda: matmul(a, b, out=out))
        seconds = [self.machine.seconds(product) for _ in range(10)]
        return float(2 * n ** 3 / numpy.median(seconds))
