"""Plans that cuDNN makes for a GPU that is not there.

``python -m kernels.convolution.cudnn.plans`` writes their workspaces to the docs.

cuDNN takes a GPU's properties in place of the GPU (a Hopper card's here; versions 9.12 to 9.20 were tried). What it
chooses and how much room that takes is then known; that it runs, and how fast, is not.
"""
import json
import re
from pathlib import Path
from types import ModuleType

from .. import window_of
from ..case import SHAPES, Shape
from . import wide_shape
from .graph import Layout, Plan, Problem

PAGE = Path(__file__).parents[3] / 'docs' / 'kernels.md'
PLACE = re.compile(r'(?<=<!-- plans -->\n).*?(?=<!-- end of plans -->)', re.DOTALL)
BATCHES = 1, 8, 32
PRECISIONS = {'fp32': ('float32', False), 'tf32': ('float32', True), 'fp16': ('float16', True)}
RESULTS = {'y': 'forward', 'x': 'gradient of the image', 'w': 'gradient of the weights'}
HOPPER = {
    'cudaDeviceId': 0, 'deviceName': 'NVIDIA H200', 'deviceVer': 900, 'driverVer': 13000, 'isTccDriver': 0,
    'l2CacheSize': 62914560, 'maxBlockSize': [1024, 1024, 64], 'maxCtasPerSM': 32,
    'maxGridSize': [2147483647, 65535, 65535], 'maxRegistersPerSM': 65536, 'maxSharedMemoryPerBlock': 49152,
    'maxSharedMemoryPerBlockOptin': 232448, 'maxThreadsPerBlock': 1024, 'maxThreadsPerSM': 2048,
    'memClockRateKHz': 3201000, 'multiProcessorCount': 132, 'pciDeviceId': 0, 'regsPerBlock': 65536,
    'reservedSharedMemoryPerBlock': 1024, 'smClockRateKHz': 1980000, 'supportCoopLaunch': 1,
    'totalGlobalMem': 150000000000, 'warpSize': 32}


def hopper(cudnn: ModuleType) -> dict:
    """Arguments that let a graph be made for a Hopper card."""
    return {'device_property': cudnn.create_device_properties(json.dumps(HOPPER)), 'sm_version': 90}


def problems(shape: Shape, batch: int, precision: str) -> list[Problem]:
    """Convolution and gradients as the networks ask for them: images channels-last, weights contiguous."""
    dtype, allows_tf32 = PRECISIONS[precision]
    window = window_of((shape.size,) * 2, (shape.kernel,) * 2, *shape.geometry)
    shapes = {'x': (batch, shape.channels, *window.x_size), 'w': (shape.outputs, shape.channels, *window.kernel),
              'y': (batch, shape.outputs, *window.y_size)}
    wide = {name: wide_shape(sizes, name, dtype) for name, sizes in shapes.items()}
    layouts = tuple(Layout(wide[name], name != 'w' or shape.kernel == 1 or wide[name] != shapes[name])
                    for name in 'xwy')
    return [Problem(result, layouts, window, dtype, allows_tf32) for result in RESULTS]


def workspaces(cudnn: ModuleType, shape: Shape, batch: int, precision: str) -> list[int]:
    """Bytes that the chosen plans of the three take. RuntimeError where there is no plan."""
    where = hopper(cudnn)
    return [Plan(cudnn, problem, **where).workspace for problem in problems(shape, batch, precision)]


def table(cudnn: ModuleType) -> str:
    """The largest workspace of each operation at each batch, and whose it is."""
    version = cudnn.backend_version()
    lines = [f'cuDNN {version // 10000}.{version // 100 % 100}, front end {cudnn.__version__}: the largest '
             'workspace in MiB over all convolutions of the', 'SPADE networks at 256 px, and whose it is.', '',
             '| precision | batch | ' + ' | '.join(RESULTS.values()) + ' |', '| --- | --- | --- | --- | --- |']
    for precision in PRECISIONS:
        for batch in BATCHES:
            sizes = [workspaces(cudnn, shape, batch, precision) for shape in SHAPES]
            cells = []
            for column in zip(*sizes):
                largest = max(range(len(SHAPES)), key=column.__getitem__)
                shape = SHAPES[largest]
                whose = f'{shape.channels} to {shape.outputs} at {shape.size} px'
                cells.append(f'{column[largest] / 2 ** 20:.1f} ({whose})')
            lines.append(f'| {precision} | {batch} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines) + '\n'


def main() -> None:
    """Replace the table."""
    import cudnn
    text = table(cudnn)
    PAGE.write_text(PLACE.sub(lambda _: text, PAGE.read_text()))


if __name__ == '__main__':
    main()
