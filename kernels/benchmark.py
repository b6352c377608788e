"""Time each kernel beside its composed form and PyTorch: python kernels/benchmark.py

On a CUDA device the kernels run on CuPy arrays, timed by events, with the cache emptied in between; without one the
CPU forms are timed, and the rows say so. Sides take turns, so that a busy machine slows all alike. One row a
measurement is appended to benchmarks/results/kernels.csv or --out; --plot draws the newest rows of each device into
docs/images/kernels.png.
"""
import argparse
import datetime
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kernels.benchmarking.cases import Case  # noqa: E402  (the checkout has to be on the path first)
from kernels.benchmarking.machines import Cpu, Gpu, Prepared, copy_bandwidth, device  # noqa: E402
from kernels.benchmarking.results import append, line_of, plot, rows_of  # noqa: E402

RESULTS = ROOT / 'benchmarks' / 'results' / 'kernels.csv'
# Compiling PyTorch's form of every case takes minutes, so that one is timed when it is asked for.
DEFAULT_SIDES, COMPILED = ['kernel', 'composed', 'pytorch'], 'pytorch_compiled'


def timed_ops(only: str = '') -> list[str]:
    """Names of the ops that have a case and hold ``only``."""
    names = sorted(path.parent.name for path in (ROOT / 'kernels').glob('*/case.py'))
    return [name for name in names if only in name]


def all_cases(batches: list[int], only: str = '') -> Iterator[tuple[int, Case]]:
    """Batch and case, of those ops; made one by one, because their arrays are large."""
    for name in timed_ops(only):
        module = importlib.import_module(f'kernels.{name}.case')
        for batch in batches:
            for case in module.cases(batch):
                yield batch, case


def sides_of(case: Case, machine: Cpu | Gpu, wanted: list[str]) -> dict[str, Callable]:
    """What is timed, by the names in ``wanted``: functions without arguments. PyTorch's where it can be had."""
    arrays = machine.arrays(case)
    sides = {'kernel': lambda: case.run(arrays, None), 'composed': lambda: case.run(arrays, 'reference')}
    torch = case.torch
    if torch and importlib.util.find_spec('torch') and {'pytorch', COMPILED} & set(wanted):
        tensors = machine.tensors(case)
        sides['pytorch'] = lambda: torch(tensors)
        if COMPILED in wanted:
            # Eagerly first: what a case makes once, as Adam its optimizer, is no part of what is compiled.
            torch(tensors)
            compiled = _compiled(torch)
            sides[COMPILED] = lambda: compiled(tensors)
    return {name: run for name, run in sides.items() if name in wanted}


def _compiled(function: Callable) -> Callable:
    """By torch.compile, for the shapes at hand; raises when called where any of it would run eagerly.

    Without the reset the cases of one file count as one function's recompilations, of which PyTorch allows a few
    before it runs eagerly without an error.
    """
    import torch
    torch.compiler.reset()
    return torch.compile(function, dynamic=False, fullgraph=True)


def prepared_sides(title: str, sides: dict[str, Callable], machine: Cpu | Gpu) -> dict[str, Prepared]:
    """The sides ready to be timed; a line for each that cannot be, or cannot be captured."""
    found = {}
    for name, run in sides.items():
        try:
            found[name] = machine.prepare(run, name.startswith('pytorch'))
        except Exception as error:  # one side's failure must not cost the others' rows
            print(f'{title} {name}: not measured: {type(error).__name__}: {error}'.splitlines()[0])
            continue
        if found[name].reason:
            print(f'{title} {name}: not captured, so timed behind a queue: {found[name].reason}')
    return found


def measure(sides: dict[str, Prepared], machine: Cpu | Gpu, repeats: int) -> dict[str, list[float]]:
    """Seconds of each side, the sides taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, prepared in sides.items():
            seconds[name].append(machine.seconds(prepared))
    return seconds


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', default='', help='ops whose name holds this text')
    parser.add_argument('--batch', type=int, nargs='+', default=[1, 8])
    parser.add_argument('--repeats', type=int, default=20)
    parser.add_argument('--sides', nargs='+', choices=[*DEFAULT_SIDES, COMPILED], default=DEFAULT_SIDES,
                        help='what to time (default: all but the one that is compiled for minutes)')
    parser.add_argument('--out', type=Path, default=RESULTS, help='CSV file to add the rows to')
    parser.add_argument('--plot', action='store_true', help='draw the rows in that file afterwards')
    found = parser.parse_args(arguments)
    if min(*found.batch, found.repeats) < 1:
        parser.error('--batch and --repeats take numbers from 1 on')
    return found


def main(arguments: list[str] | None = None) -> int:
    """Measure every case, print and append its rows. Returns 1 where a side could not be measured."""
    options = parsed(arguments)
    if not timed_ops(options.only):
        sys.exit(f'--only {options.only}: no such op; there are {", ".join(timed_ops())}')
    if not importlib.util.find_spec('torch'):
        print('PyTorch is not installed: its sides are not timed.')
    machine = device()
    common = {'date': datetime.date.today().isoformat(), 'device': machine.name, 'versions': _versions()}
    bandwidth = copy_bandwidth(machine)
    print(f'{machine.name}: copies move {bandwidth / 1e9:.0f} GB/s')
    missed = 0
    for batch, case in all_cases(options.batch, options.only):
        sides = sides_of(case, machine, options.sides)
        prepared = prepared_sides(f'{case.op} {case.size}', sides, machine)
        missed += len(sides) - len(prepared)
        if not prepared:
            continue
        timed = {name: side.timed for name, side in prepared.items()}
        rows = rows_of(batch, case, measure(prepared, machine, options.repeats), timed, bandwidth, common)
        append(rows, options.out)
        print('\n'.join(map(line_of, rows)), flush=True)
    if options.plot:
        plot(options.out)
    if missed:
        print(f'{missed} of the sides could not be measured; their lines say why.')
    return bool(missed)


def _versions() -> str:
    found = []
    for name in ('numpy', 'cupy-cuda12x', 'cupy-cuda13x', 'torch'):
        try:
            found.append(f'{name}-{importlib.metadata.version(name)}')
        except importlib.metadata.PackageNotFoundError:
            continue
    return ' '.join(found)


if __name__ == '__main__':
    sys.exit(main())
