"""Probes of a card: small programs, each of one thing that everything else stands on.

    python -m benchmarks.visits.probes adam

The last line says what was found; a probe that fails exits 1. Without a card they run on the tests' stand-ins, or on
the CPU, and prove nothing but that they run.
"""
import argparse
import contextlib
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy

import spade_anime  # noqa: F401  (before Chainer)
from benchmarks.visits import trainings
from kernels.convolution.cudnn import engine
from kernels.runtime import nvrtc, sources
from kernels.runtime.arrays import array_module
from kernels.runtime.launching import CuPy
from spade_anime.devices import cuda_devices

ROOT = Path(__file__).parents[2]
COMPILERS = 8
"""Processes that compile kernels side by side on a card."""


@contextlib.contextmanager
def place() -> Iterator:
    """Where the kernels run: the tests' ``Device`` of the card, or of the stand-ins for it."""
    sys.path.insert(0, str(ROOT / 'tests' / 'emulator'))
    from cudnn_stand_in import FrontEnd, Runtime
    from emulator_fixtures import Device, emulation
    if cuda_devices():
        yield Device(on_gpu=True)
        return
    print('No CUDA device: by the emulator and its stand-ins.')
    runtime = Runtime()
    with emulation() as device, engine.use(FrontEnd(runtime), runtime):
        yield device


def replayed(device, step: Callable[[], tuple]) -> tuple:
    """What ``step`` leaves in its arrays when it is captured on a stream, after two calls of it, and replayed."""
    if not device.on_gpu:
        step()
        return step()
    import cupy
    # The arrays came by the default stream, which this one does not wait for.
    cupy.cuda.Device().synchronize()
    with cupy.cuda.Stream(non_blocking=True) as stream:
        for _ in range(2):
            step()
        stream.begin_capture()
        results = step()
        graph = stream.end_capture()
        for result in results:
            # The capture has computed nothing: what is here afterwards, the replay has written.
            result.fill(numpy.nan)
        graph.launch(stream)
        stream.synchronize()
        return results


def agree(name: str, device, found, expected, tolerance: float) -> str:
    """Share of the largest value by which two arrays differ, in words; exit status 1 where that is too much."""
    error = float(abs(device.numpy(found) - expected).max() / abs(expected).max())
    line = f'{name} differs by {error:.1e} of its largest value'
    if not error <= tolerance:
        sys.exit(f'{line}; {tolerance} is allowed')
    return line


def launch() -> str:
    """One kernel compiled and launched."""
    from kernels.leaky_relu import leaky_relu
    x = numpy.random.RandomState(0).normal(size=(2, 3, 5, 7)).astype('f')
    with place() as device:
        found = leaky_relu(device.array(x), 0.2, impl='cuda')
        return agree('leaky_relu', device, found, numpy.where(x > 0, x, 0.2 * x), 1e-6)


def adam() -> str:
    """Adam's kernel, whose settings and gradients' addresses are structs by value: an update of two parameters."""
    from kernels.adam import Network, Rates, Settings, State, Tensor, adam_step
    random, rate = numpy.random.RandomState(0), Settings(0.5, 0.9, rates=Rates(1e-2))
    weights, gradients = ([random.normal(size=size).astype('f') for size in (5003, 7)] for _ in range(2))
    # After one update the moments' corrections leave sqrt(1 - beta2) / (1 - beta1) of the rate.
    expected = [weight.copy() for weight in weights]
    adam_step([(weight, gradient, numpy.zeros_like(weight), numpy.zeros_like(weight))
               for weight, gradient in zip(expected, gradients)], 1e-2 * 0.1 ** 0.5 / 0.5, 0.5, 0.9, 1e-8)
    with place() as device:
        tensors = [Tensor(*(device.array(array) for array in (weight, 0 * weight, 0 * weight))) for weight in weights]
        state = State(array_module(tensors[0].weight))
        Network(tensors).update([device.array(gradient) for gradient in gradients], state, rate)
        return [agree(f'a parameter of {len(desired)}', device, tensor.weight, desired, 1e-5)
                for tensor, desired in zip(tensors, expected)][0]


def cublas() -> str:
    """A batch of products by cuBLAS inside a capture."""
    from kernels.matmul import matmul
    random = numpy.random.RandomState(0)
    a, b = (random.normal(size=shape).astype('f') for shape in ((2, 30, 70), (2, 70, 50)))
    with place() as device:
        factors = device.array(a), device.array(b)
        found, = replayed(device, lambda: (matmul(*factors, impl='cuda'),))
        return agree('a captured product', device, found, numpy.matmul(a.astype('d'), b), 3e-3)


def cudnn() -> str:
    """A convolution and both its gradients by cuDNN inside a capture."""
    from kernels.convolution import convolve, input_gradient, weight_gradient

    def three(x, W, gy, impl):
        return (convolve(x, W, None, 1, 1, 1, impl), input_gradient(gy, W, x.shape[2:], 1, 1, 1, impl),
                weight_gradient(x, gy, W.shape[2:], 1, 1, 1, impl))
    random = numpy.random.RandomState(0)
    arrays = [random.normal(size=shape).astype('f') for shape in ((2, 16, 9, 7), (8, 16, 3, 3), (2, 8, 9, 7))]
    with place() as device:
        there = [device.array(array) for array in arrays]
        found = replayed(device, lambda: three(*there, 'cudnn'))
        expected = three(*(array.astype('d') for array in arrays), 'reference')
        names = 'a captured convolution', 'its gradient by the image', 'its gradient by the weights'
        return '; '.join(agree(name, device, *pair, 3e-3) for name, *pair in zip(names, found, expected))


def kernels() -> str:
    """Every variant of every kernel compiled into the cache that all steps share; without a card the first two."""
    variants = nvrtc.all_variants()
    if not cuda_devices():
        with place():
            from cuda_emulator import Emulator
            for variant in variants[:2]:
                Emulator(None).compile(sources.source(*variant), variant.name)
        return f'2 of {len(variants)} variants compile for the emulator'
    with ProcessPoolExecutor(COMPILERS, multiprocessing.get_context('spawn')) as pool:
        for name in pool.map(compile_variant, variants):
            print(name, flush=True)
    return f'{len(variants)} variants compile'


def compile_variant(variant: nvrtc.Variant) -> str:
    """Compile a variant by CuPy, and return its name."""
    CuPy().compile(sources.source(*variant), variant.name)
    return variant.name


PROBES = {'launch': launch, 'adam': adam, 'cublas': cublas, 'cudnn': cudnn, 'kernels': kernels,
          'captured': trainings.captured_as_eager, 'resumed': trainings.resumed_as_straight}


def parse(arguments: list | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog='python -m benchmarks.visits.probes', description=__doc__.splitlines()[0])
    parser.add_argument('name', choices=PROBES)
    return parser.parse_args(arguments)


if __name__ == '__main__':
    print(PROBES[parse(None).name]())
