"""Say what is there and in which version; exit 1 where something is missing that a visit cannot do without.

    python -m benchmarks.visits.presence

Without cuDNN's front end training would silently be slow and the tests of convolutions skip, so it is asked first.
"""
import argparse
import importlib
import importlib.metadata
import platform
import shutil
import sys
from collections.abc import Callable

USEFUL = 'torch', 'pytest-xdist', 'pytest-timeout', 'threadpoolctl'
MODULES = 'numpy', 'cv2', 'PIL', 'matplotlib', 'tqdm', 'pytest'
TOOLS = 'compute-sanitizer', 'g++', 'nvcc'


def card() -> str:
    """Name, multiprocessors, memory and driver of the CUDA device."""
    import cupy
    found = cupy.cuda.runtime.getDeviceProperties(0)
    driver = cupy.cuda.runtime.driverGetVersion()
    return (f'{found["name"].decode()}, {found["multiProcessorCount"]} multiprocessors, '
            f'{found["totalGlobalMem"] / 2 ** 30:.0f} GiB, driver CUDA {driver // 1000}.{driver % 1000 // 10}')


def cupy_version() -> str:
    """Versions of CuPy and of the CUDA that it found."""
    import cupy
    return f'{cupy.__version__}, runtime {cupy.cuda.runtime.runtimeGetVersion()}'


def chainer_version() -> str:
    """Version of Chainer, as this project imports it."""
    import spade_anime  # noqa: F401  (before Chainer)
    chainer = importlib.import_module('chainer')
    return chainer.__version__


def front_end() -> str:
    """Versions of cuDNN's front end and of cuDNN behind it."""
    import cudnn
    return f'{cudnn.__version__}, cuDNN {cudnn.backend_version()}'


def cublas() -> str:
    """Path of the cuBLAS that products are made by."""
    from kernels.matmul.cublas import load
    return load()._name


REQUIRED = {'CUDA device': card, 'CuPy': cupy_version, "cuDNN's front end": front_end, 'cuBLAS': cublas,
            'Chainer': chainer_version,
            **{name: lambda name=name: importlib.import_module(name).__version__ for name in MODULES}}


def missing(checks: dict[str, Callable[[], str]]) -> list[str]:
    """Names of what is not there; prints what each check found."""
    absent = []
    for name, check in checks.items():
        try:
            print(f'{name}: {check()}', flush=True)
        except Exception as error:  # a library that is there but broken may raise anything
            print(f'{name}: missing ({" ".join(f"{type(error).__name__}: {error}".split())[:200]})', flush=True)
            absent.append(name)
    return absent


def version(name: str) -> str:
    """Version of a package that may be missing."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return 'not installed'


def parse(arguments: list | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog='python -m benchmarks.visits.presence', description=__doc__.splitlines()[0])
    parser.add_argument('--rehearse', action='store_true', help='say what is missing and go on without')
    return parser.parse_args(arguments)


def main(arguments: list | None = None) -> int:
    """Print all, return the exit status."""
    options = parse(arguments)
    print(f'python {platform.python_version()}')
    for name in USEFUL:
        print(f'{name}: {version(name)}')
    for name in TOOLS:
        print(f'{name}: {shutil.which(name) or "not installed"}')
    absent = missing(REQUIRED)
    if absent:
        print(f'missing: {", ".join(absent)}' + ('; a rehearsal goes on without' if options.rehearse else ''))
        return 0 if options.rehearse else 1
    print(f'all there: {card()}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
