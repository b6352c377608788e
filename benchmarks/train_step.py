"""Time a training step and painting against the same networks in PyTorch, on a CUDA card or, without one, on the CPU.

    python benchmarks/train_step.py

Each side runs in a process of its own; they take turns step by step, so that a busy machine slows all alike. An
iteration is two discriminator steps, each with its penalty, and a generator step, as the lineage trains. On a card:
this project captured as a CUDA graph and eager, PyTorch eager and compiled, all channels-last and in one precision. On
a CPU: this project as a training runs it, or eager; a loaded generator, which only paints; PyTorch eager; painting by
onnxruntime. Rows go to benchmarks/results/train_step.csv. What is not installed is said, and so is a side that fails:
the exit status is 1 then.
"""
import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import machine, table  # noqa: E402  (the checkout has to be on the path first)
from benchmarks.sides import Settings  # noqa: E402
from benchmarks.workers import WARM_UP, Worker, take_turns  # noqa: E402

RESULTS = Path(__file__).parent / 'results' / 'train_step.csv'
STEPS = 'iteration', 'discriminator', 'generator', 'inference'
ON_GPU = {'captured': 'benchmarks.chainer_sides:Captured', 'eager': 'benchmarks.chainer_sides:Chainer',
          'pytorch': 'benchmarks.torch_sides:PyTorch', 'compiled': 'benchmarks.torch_sides:Compiled'}
ON_CPU = {'chainer': 'benchmarks.planned_sides:Planned', 'loaded': 'benchmarks.chainer_sides:Loaded',
          'eager': 'benchmarks.chainer_sides:Chainer', 'pytorch': 'benchmarks.torch_sides:PyTorch',
          'onnx': 'benchmarks.onnx_side:Onnx'}
ON_REQUEST = 'eager'
"""On a CPU this side is timed only where it is asked for."""


def parse(arguments: list | None, gpu: bool) -> argparse.Namespace:
    """The command line; what is left open depends on whether there is a card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--batch_size', type=int, nargs='+', default=[1, 8, 32] if gpu else [1])
    parser.add_argument('--precision', nargs='+', choices=('fp32', 'tf32', 'fp16'),
                        default=['tf32', 'fp16'] if gpu else ['fp32'])
    parser.add_argument('--image_size', type=int, default=256)
    parser.add_argument('--ngf', type=int, default=64)
    parser.add_argument('--repeats', type=int, default=7, help='turns of each side')
    parser.add_argument('--calls', type=int, default=20 if gpu else 1,
                        help='the most calls that a turn on a card is the mean of')
    known = list(ON_GPU if gpu else ON_CPU)
    parser.add_argument('--sides', nargs='+', choices=known, help='more than one takes turns',
                        default=[name for name in known if gpu or name != ON_REQUEST])
    parser.add_argument('--steps', nargs='+', choices=STEPS, default=list(STEPS), help='what is timed')
    parser.add_argument('--peer_unfrozen', action='store_true', help="let PyTorch compute the discriminator's weight "
                        "gradients in the generator's step too, as many trainings do")
    parser.add_argument('--out', type=Path, default=RESULTS, help='file of the rows')
    found = parser.parse_args(arguments)
    if not gpu and found.precision != ['fp32']:
        parser.error('--precision is for a CUDA card, and there is none; a CPU computes in fp32')
    return found


def chosen(names: list, gpu: bool) -> dict:
    """Sides that can be timed here, by name; says which cannot."""
    return installed({name: side for name, side in (ON_GPU if gpu else ON_CPU).items() if name in names})


def installed(sides: dict) -> dict:
    """Those of some sides whose packages are there; says which are not."""
    missing = {}
    if importlib.util.find_spec('torch') is None:
        text = 'PyTorch is not installed (pip install torch==2.13.0): this project is timed alone.'
        missing |= {'pytorch': text, 'compiled': text}
    if absent := [name for name in ('onnx', 'onnxruntime') if importlib.util.find_spec(name) is None]:
        missing['onnx'] = f'{" and ".join(absent)} not installed (the extra onnx): painting by onnxruntime is left out.'
    for text in dict.fromkeys(text for name, text in missing.items() if name in sides):
        print(text)
    return {name: side for name, side in sides.items() if name not in missing}


def limits(settings: Settings) -> tuple:
    """Name of the machine, bandwidth of a copy, rate of a large product; Nones where that fails."""
    worker = Worker('limits', 'benchmarks.machine:Limits', settings)
    found = tuple(worker.ask(method) for method in ('name', 'bandwidth', 'rate'))
    worker.close()
    return found


def measure(sides: dict, settings: Settings, repeats: int, calls: int, steps: Sequence[str] = STEPS) -> list:
    """Rows of one batch size and precision, of some of ``STEPS``."""
    name, bandwidth, rate = limits(settings)
    workers = [Worker(side, path, settings) for side, path in sides.items()]
    seconds = {}
    for step in steps:
        seconds[step] = take_turns(workers, step, repeats, calls, WARM_UP if settings.gpu else 1)
        print(f'{step} done', file=sys.stderr, flush=True)
    # Memory before what follows adds to it.
    results = {'memory': {worker.name: worker.ask('peak_mb') for worker in workers}}
    results['launches'] = {(worker.name, step): worker.ask('launches', method) or (None, None)
                           for worker in workers for step, method in worker.steps.items()}
    work = next((worker.ask('work') for worker in workers
                 if worker.name in ('eager', 'chainer') and 'iteration' in steps), None)
    results['limits'] = table.limits_of(work, bandwidth, rate)
    common = {'date': machine.today(), 'machine': name or machine.processor(), 'versions': machine.versions(),
              'batch': settings.batch, 'image_size': settings.size, 'ngf': settings.ngf}
    rows = []
    for worker in workers:
        # One that did not get as far as to name its steps has a row all the same.
        rows += [table.step_row(common, settings, worker, step, {worker.name: []} | seconds[step], results)
                 for step in steps if step in (worker.steps or ('iteration',))]
        worker.close()
    return rows


def main(arguments: list | None = None) -> int:
    """Measure, print and append the rows; the exit status is 1 where a side failed."""
    from spade_anime.devices import cuda_devices
    gpu = bool(cuda_devices())
    options = parse(arguments, gpu)
    sides, failed = chosen(options.sides, gpu), False
    for precision in options.precision:
        for batch in options.batch_size:
            settings = Settings(batch, options.image_size, options.ngf, precision, gpu, options.peer_unfrozen)
            print(f'batch {batch}, {options.image_size} px, {precision}, {"CUDA card" if gpu else "CPU"}', flush=True)
            rows = measure(sides, settings, options.repeats, options.calls, options.steps)
            table.append(rows, options.out)
            print('\n'.join(map(table.line_of, rows)), flush=True)
            failed = failed or any(row['median_s'] == '' for row in rows)
    return int(failed)


if __name__ == '__main__':
    sys.exit(main())
