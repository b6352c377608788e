"""Time each kernel beside its composed form and PyTorch: python kernels/benchmark.py

On a CUDA device the kernels run on CuPy arrays, timed by events, with the cache emptied in between; without one the
CPU forms are timed, and the rows say so. Sides take turns, so that a busy machine slows all alike. One row a
measurement is appended to benchmarks/results/kernels.csv; --plot draws the newest rows of each device into
docs/images/kernels.png.
"""
import argparse
import csv
import datetime
import importlib
import importlib.util
import pkgutil
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kernels import cases as case_package  # noqa: E402  (the checkout has to be on the path first)
from kernels._case import Case  # noqa: E402

RESULTS, PLOT = ROOT / 'benchmarks' / 'results' / 'kernels.csv', ROOT / 'docs' / 'images' / 'kernels.png'
FLUSH_BYTES = 256 << 20
COPY_BYTES = 512 << 20


class Cpu:
    """NumPy arrays, timed by the clock."""

    name = f'{platform.processor() or platform.machine()} (CPU forms)'

    def arrays(self, case: Case) -> tuple:
        """Arrays of a case where the kernels want them."""
        return case.arrays

    def tensors(self, case: Case) -> tuple:
        """The same as PyTorch tensors."""
        import torch
        return tuple(map(torch.from_numpy, case.arrays))

    def seconds(self, run) -> float:
        """Time one call."""
        start = time.perf_counter()
        run()
        return time.perf_counter() - start


class Gpu:
    """CuPy arrays on the current device, timed by events with a cold cache; methods as the CPU's."""

    def __init__(self):
        import cupy
        self.cupy = cupy
        properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
        driver = cupy.cuda.runtime.driverGetVersion()
        self.name = f'{properties["name"].decode()} (driver CUDA {driver // 1000}.{driver % 1000 // 10})'
        self.flush = cupy.empty(FLUSH_BYTES, cupy.uint8)

    def arrays(self, case: Case) -> tuple:
        return tuple(map(self.cupy.asarray, case.arrays))

    def tensors(self, case: Case) -> tuple:
        import torch
        return tuple(torch.from_numpy(array).cuda() for array in case.arrays)

    def seconds(self, run) -> float:
        # CuPy and PyTorch both work on the default stream. While it empties the cache the launches queue up behind
        # it, so that the time between the events is the device's own.
        start, end = self.cupy.cuda.Event(), self.cupy.cuda.Event()
        self.flush.fill(0)
        start.record()
        run()
        end.record()
        end.synchronize()
        return self.cupy.cuda.get_elapsed_time(start, end) / 1e3


def device():
    """The CUDA device if CuPy finds one, else the CPU."""
    if importlib.util.find_spec('cupy'):
        import cupy
        try:
            if cupy.cuda.runtime.getDeviceCount():
                return Gpu()
        except cupy.cuda.runtime.CUDARuntimeError:
            pass
    print('No CUDA device: timing the CPU forms.')
    return Cpu()


def all_cases(batches: list, only: str) -> list:
    """Cases of every file in kernels/cases whose name holds ``only``."""
    modules = [importlib.import_module(f'kernels.cases.{info.name}')
               for info in pkgutil.iter_modules(case_package.__path__) if only in info.name]
    return [(batch, case) for module in modules for batch in batches for case in module.cases(batch)]


def sides_of(case: Case, machine) -> dict:
    """What is timed, by name: functions without arguments."""
    arrays = machine.arrays(case)
    sides = {'kernel': lambda: case.run(arrays, None), 'composed': lambda: case.run(arrays, 'reference')}
    if case.torch and importlib.util.find_spec('torch'):
        import torch
        tensors = machine.tensors(case)
        sides['pytorch'] = lambda: case.torch(tensors)
        if isinstance(machine, Gpu):
            compiled = torch.compile(case.torch)
            sides['pytorch_compiled'] = lambda: compiled(tensors)
    return sides


def measure(sides: dict, machine, repeats: int) -> dict:
    """Seconds of each side, after two rounds to warm up."""
    seconds = {name: [] for name in sides}
    for turn in range(repeats + 2):
        for name, run in sides.items():
            elapsed = machine.seconds(run)
            if turn > 1:
                seconds[name].append(elapsed)
    return seconds


def copy_bandwidth(machine) -> float:
    """Bytes a second that a plain copy moves, reads and writes together."""
    case = Case('copy', '', (numpy.ones(COPY_BYTES // 4, numpy.float32),), None, 2 * COPY_BYTES)
    source, = machine.arrays(case)
    target = source.copy()
    return 2 * COPY_BYTES / numpy.median([machine.seconds(lambda: target.__setitem__(..., source)) for _ in range(10)])


def rows_of(batch: int, case: Case, seconds: dict, bandwidth: float, common: dict) -> list:
    """One row a side."""
    medians = {name: float(numpy.median(values)) for name, values in seconds.items()}
    rows = []
    for name, values in seconds.items():
        low, high = numpy.percentile(values, (20, 80))
        rate = case.moved / medians[name]
        rows.append({**common, 'op': case.op, 'size': case.size, 'batch': batch, 'side': name,
                     'median_us': round(medians[name] * 1e6, 1), 'p20_us': round(low * 1e6, 1),
                     'p80_us': round(high * 1e6, 1), 'bytes': case.moved, 'gb_per_s': round(rate / 1e9, 1),
                     'percent_of_copy': round(100 * rate / bandwidth, 1),
                     'ratio_to_kernel': round(medians[name] / medians['kernel'], 2)})
    return rows


def append(rows: list, path: Path) -> None:
    """Add rows to a CSV of results; the first ones bring the header."""
    path.parent.mkdir(exist_ok=True)
    new = not path.exists()
    with open(path, 'a', newline='') as file:
        writer = csv.DictWriter(file, rows[0])
        if new:
            writer.writeheader()
        writer.writerows(rows)


def plot() -> None:
    """Draw per cent of the copy bandwidth of the newest row of each op, size and side, a panel a device."""
    from matplotlib import pyplot
    with open(RESULTS, newline='') as file:
        newest = {(row['device'], row['op'], row['size'], row['side']): float(row['percent_of_copy'])
                  for row in csv.DictReader(file)}
    devices = sorted({key[0] for key in newest})
    longest = max(len({key[1:3] for key in newest if key[0] == name}) for name in devices)
    figure, panels = pyplot.subplots(1, len(devices), figsize=(9 * len(devices), 2 + 0.22 * longest), squeeze=False,
                                     layout='constrained')
    for name, axes in zip(devices, panels[0]):
        labels = sorted({key[1:3] for key in newest if key[0] == name}, reverse=True)
        sides = sorted({key[3] for key in newest if key[0] == name})
        for i, side in enumerate(sides):
            axes.barh([y + 0.8 * i / len(sides) for y in range(len(labels))],
                      [newest.get((name, *label, side), 0) for label in labels], 0.8 / len(sides), label=side)
        axes.set_yticks([y + 0.3 for y in range(len(labels))], [f'{op} {size}' for op, size in labels], fontsize=7)
        axes.set(title=name, xlabel='per cent of copy bandwidth')
        axes.margins(y=0.01)
        axes.legend()
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, dpi=80)


def main() -> None:
    """Measure every case, print and append its rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', default='', help='ops whose name holds this text')
    parser.add_argument('--batch', type=int, nargs='+', default=[1, 8])
    parser.add_argument('--repeats', type=int, default=20)
    parser.add_argument('--plot', action='store_true', help='draw the results afterwards')
    arguments = parser.parse_args()
    machine = device()
    names = [name for name in ('numpy', 'cupy-cuda12x', 'cupy-cuda13x', 'torch') if _installed(name)]
    common = {'date': datetime.date.today().isoformat(), 'device': machine.name,
              'versions': ' '.join(f'{name}-{version(name)}' for name in names)}
    bandwidth = copy_bandwidth(machine)
    print(f'{machine.name}: copies move {bandwidth / 1e9:.0f} GB/s')
    for batch, case in all_cases(arguments.batch, arguments.only):
        seconds = measure(sides_of(case, machine), machine, arguments.repeats)
        rows = rows_of(batch, case, seconds, bandwidth, common)
        append(rows, RESULTS)
        for row in rows:
            print(f'{row["op"]:28} {row["size"]:24} {row["side"]:17} {row["median_us"]:10.1f} us '
                  f'{row["percent_of_copy"]:6.1f} % of copy')
    if arguments.plot:
        plot()


def _installed(name):
    try:
        return bool(version(name))
    except importlib.metadata.PackageNotFoundError:
        return False


if __name__ == '__main__':
    main()
