"""How the cost of training grows with the size of images, the batch and the data set.

    python benchmarks/scaling.py

Time and memory of an iteration (two discriminator steps and a generator step of the full model), and what the loader
delivers of data sets of many files, in a temporary folder with copies of those of dataset/example and links to these.
Each case runs in a process of its own; a case that would not fit the time or the memory is left out, and its row says
so. Rows go to benchmarks/results/scaling.csv; tables for docs/performance.md are printed at the end.
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import machine, table  # noqa: E402  (the checkout has to be on the path first)
from benchmarks.loading import LoaderSettings, linked  # noqa: E402
from benchmarks.sides import Settings  # noqa: E402
from benchmarks.workers import WARM_UP, Worker, spread, take_turns  # noqa: E402

RESULTS = Path(__file__).parent / 'results' / 'scaling.csv'
BASE_SIZE = 256
BATCHES = 3
"""An iteration takes one for each of its steps."""

CASE_SECONDS = 20
"""On a CPU a case is repeated as often as fits this, once to five times, after a call to warm up."""

MEMORY_SHARE = 0.8
"""A case on a CPU that would take more of the memory that is free is left out."""


def parse(arguments: list | None, gpu: bool) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--image_size', type=int, nargs='*', default=[64, 128, 256, 512], help='cases, at batch 1')
    parser.add_argument('--batch_size', type=int, nargs='*', default=[1, 2, 4, 8, 16, 32], help='cases, at 256 px')
    parser.add_argument('--files', type=int, nargs='*', default=[100, 1000, 10_000, 100_000])
    parser.add_argument('--workers', type=int, nargs='+', default=[1, 8] if gpu else [1], help='loading processes')
    parser.add_argument('--images', type=int, default=600, help='how many the loader delivers a case')
    parser.add_argument('--precision', choices=('fp32', 'tf32', 'fp16'), default='tf32' if gpu else 'fp32')
    parser.add_argument('--ngf', type=int, default=64)
    parser.add_argument('--minutes', type=float, default=15, help='no case is begun that would end later')
    parser.add_argument('--out', type=Path, default=RESULTS, help='file of the rows')
    return parser.parse_args(arguments)


class Steps:
    """Times an iteration case by case, the cheapest first, and leaves out what would not fit."""

    def __init__(self, options: argparse.Namespace, gpu: bool):
        self.options, self.gpu = options, gpu
        self.deadline = time.monotonic() + 60 * options.minutes
        # Of a pixel: seconds of a call, and MB, in the most expensive case so far.
        self.seconds_a_pixel = self.mb_a_pixel = 0.0

    def row(self, series: str, size: int, batch: int) -> dict:
        """The row of one case, measured or not."""
        row = {'series': series, 'image_size': size, 'batch': batch, 'side': 'captured' if self.gpu else 'eager'}
        pixels = batch * size ** 2
        if reason := self.obstacle(pixels):
            return row | {'note': f'left out: {reason}'}
        side = 'Captured' if self.gpu else 'Chainer'
        worker = Worker('step', f'benchmarks.chainer_sides:{side}',
                        Settings(batch, size, self.options.ngf, self.options.precision, self.gpu))
        start = time.monotonic()
        values = take_turns([worker], 'iteration', *self.repeats(pixels))['step']
        memory = worker.ask('peak_mb')
        worker.close()
        if values:
            row |= spread(values)
            row |= {'images_per_s': round(batch / row['median_s'], 3),
                    'consumed_per_s': round(BATCHES * batch / row['median_s'], 3)}
            self.seconds_a_pixel = max(values) / pixels
        if memory:
            row['peak_mb'] = round(memory)
            self.mb_a_pixel = memory / pixels
        print(f'{size} px, batch {batch}: {time.monotonic() - start:.0f} s', file=sys.stderr, flush=True)
        return row | {'note': worker.failure}

    def repeats(self, pixels: int) -> tuple:
        """Turns, calls a turn and calls to warm up, as ``take_turns`` wants them."""
        if self.gpu:
            return 7, 20, WARM_UP
        expected = self.seconds_a_pixel * pixels
        return (max(1, min(5, int(CASE_SECONDS / expected))) if expected else 3), 1, 1

    def obstacle(self, pixels: int) -> str:
        """Why a case cannot be measured, judged by the one before; '' if it can."""
        turns, calls, warm_up = self.repeats(pixels)
        seconds = self.seconds_a_pixel * pixels
        left = self.deadline - time.monotonic()
        if (turns * calls + warm_up) * seconds > left:
            return f'about {seconds:.0f} s an iteration, and {max(left, 0):.0f} s are left'
        free = free_mb()
        if not self.gpu and free and self.mb_a_pixel * pixels > MEMORY_SHARE * free:
            return f'at most {self.mb_a_pixel * pixels:.0f} MB, and {free:.0f} MB are free'
        return ''


def loader_rows(options: argparse.Namespace) -> list:
    """What the loader delivers, and the memory of its processes, for each number of files and of processes."""
    rows = []
    for files in options.files:
        with tempfile.TemporaryDirectory() as folder:
            linked(ROOT / 'dataset' / 'example', Path(folder), files)
            for workers in options.workers:
                worker = Worker('loader', 'benchmarks.loading:Loader', LoaderSettings(folder, 1, BASE_SIZE, workers),
                                daemon=False)
                found = worker.ask('deliver', options.images)
                worker.ask('finalize')
                worker.close()
                rows.append({'series': 'files', 'image_size': BASE_SIZE, 'batch': 1, 'files': files,
                             'workers': workers, **(found or {}), 'note': worker.failure})
        print(f'{files} files done', file=sys.stderr, flush=True)
    return rows


def free_mb() -> float | None:
    """Memory that the machine has left; None where it does not say."""
    path = Path('/proc/meminfo')
    lines = path.read_text().splitlines() if path.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith('MemAvailable')), None)


def markdown(rows: list, columns: dict) -> str:
    """A table of some columns, by their headings."""
    lines = ['| ' + ' | '.join(columns.values()) + ' |', '|' + '---|' * len(columns)]
    lines += ['| ' + ' | '.join(str(row.get(name, '')) for name in columns) + ' |' for row in rows]
    return '\n'.join(lines)


def main(arguments: list | None = None) -> None:
    """Measure, append the rows and print tables."""
    from spade_anime.devices import cuda_devices
    gpu = bool(cuda_devices())
    options = parse(arguments, gpu)
    describing = Worker('machine', 'benchmarks.machine:Limits', Settings(1, 64, 2, options.precision, gpu))
    name = describing.ask('name') or machine.processor()
    describing.close()
    steps = Steps(options, gpu)
    by_size = [steps.row('image_size', size, 1) for size in sorted(options.image_size)]
    by_files = loader_rows(options)
    by_batch = [steps.row('batch', BASE_SIZE, batch) for batch in sorted(options.batch_size)]
    common = {'date': machine.today(), 'machine': name, 'versions': machine.versions(),
              'precision': options.precision, 'ngf': options.ngf}
    table.append([common | row for row in by_size + by_batch + by_files], options.out)
    step = {'median_s': 's an iteration', 'images_per_s': 'images/s', 'consumed_per_s': 'samples taken/s',
            'peak_mb': 'peak memory, MB', 'note': ''}
    print(markdown(by_size, {'image_size': 'px'} | step))
    print(markdown(by_batch, {'batch': 'batch'} | step))
    print(markdown(by_files, {'files': 'files', 'workers': 'processes', 'listing_s': 's to list',
                              'loader_images_per_s': 'samples/s', 'early_mb': 'memory early, MB',
                              'late_mb': 'late, MB', 'note': ''}))


if __name__ == '__main__':
    main()
