"""Time a discriminator step, a generator step and one painting against the same networks in PyTorch.

    pip install torch==2.13.0
    python benchmarks/train_step.py

Each side runs in a process of its own; they take turns step by step, so that a busy machine slows both alike. Rows
go to benchmarks/results/train_step.csv. Without PyTorch it times this project alone and says so.
"""
import argparse
import datetime
import importlib.util
import multiprocessing
import os
import platform
import resource
import sys
import time
from pathlib import Path

import numpy

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

RESULTS = Path(__file__).parent / 'results' / 'train_step.csv'
STEPS = {'discriminator': 'd_step', 'generator': 'g_step', 'inference': 'paint'}


def random_batch(batch: int, size: int) -> tuple:
    """Image, label and colour map with the shapes and ranges of real ones."""
    random = numpy.random.RandomState(0)
    shapes = ((batch, 3, size, size), (batch, 4, size, size), (batch, 3, size, size))
    return tuple(random.uniform(-1 if i == 0 else 0, 1, shape).astype(numpy.float32) for i, shape in enumerate(shapes))


class Chainer:
    """This project, with the lineage's arithmetic, which is what the peer computes."""

    def __init__(self, batch, size, ngf):
        from spade_anime.networks.painting import paint
        from spade_anime.recipes import RECIPES
        from spade_anime.training.adam import Adam
        from spade_anime.training.frozen import frozen
        recipe = RECIPES['spade']
        options = recipe.Options(**recipe.PRESETS['lineage'], image_size=size, ngf=ngf, ndf=ngf, batch_size=batch)
        self.gen, self.dis = recipe(options).generator(), recipe(options).discriminator()
        self.objective = recipe(options).objective(self.gen, self.dis)
        self.optimizers = {self.gen: Adam(5e-5, 0., .9).setup(self.gen), self.dis: Adam(2e-4, 0., .9).setup(self.dis)}
        self.batch, self._paint, self._frozen = random_batch(batch, size), paint, frozen

    def d_step(self):
        self._update(self.dis, self.objective.discriminator_terms)

    def g_step(self):
        with self._frozen(self.dis):
            self._update(self.gen, self.objective.generator_terms)

    def paint(self):
        self._paint(self.gen, self.batch[1:])

    def _update(self, link, terms_of):
        loss = sum(terms_of(*self.batch).values())
        link.cleargrads()
        loss.backward()
        self.optimizers[link].update()


class PyTorch:
    """The peer in eager mode."""

    def __init__(self, batch, size, ngf):
        import torch
        import torch_spade
        self.torch, self.peer = torch, torch_spade
        torch.manual_seed(0)
        self.gen, self.dis = torch_spade.Generator(ngf, size=size), torch_spade.Discriminator(ngf)
        self.optimizers = [torch.optim.Adam(network.parameters(), rate, (0., .9))
                           for network, rate in ((self.gen, 5e-5), (self.dis, 2e-4))]
        image, label, color = (torch.from_numpy(array) for array in random_batch(batch, size))
        self.batch = label, image, color

    def d_step(self):
        self.peer.d_step(self.gen, self.dis, self.optimizers[1], *self.batch)

    def g_step(self):
        self.peer.g_step(self.gen, self.dis, self.optimizers[0], *self.batch)

    def paint(self):
        self.gen.eval()
        with self.torch.no_grad():
            self.gen(self.batch[0], self.batch[2])
        self.gen.train()


def serve(side: type, settings: tuple, connection) -> None:
    """Body of a worker process: runs the step it is told and answers with its seconds; at the end, with its memory."""
    subject = side(*settings)
    while method := connection.recv():
        start = time.perf_counter()
        getattr(subject, method)()
        connection.send(time.perf_counter() - start)
    connection.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(sides: dict, settings: tuple, repeats: int) -> tuple:
    """Seconds of each step by side and step, and peak memory in MB by side."""
    context, workers = multiprocessing.get_context('spawn'), {}
    for name, side in sides.items():
        connection, remote = context.Pipe()
        process = context.Process(target=serve, args=(side, settings, remote), daemon=True)
        process.start()
        workers[name] = connection
    seconds = {(name, step): [] for step in STEPS for name in sides}
    for step, method in STEPS.items():
        for turn in range(repeats + 1):
            for name, connection in workers.items():
                connection.send(method)
                elapsed = connection.recv()
                if turn:  # the first one warms up
                    seconds[name, step].append(elapsed)
        print(f'{step} done', file=sys.stderr, flush=True)
    for connection in workers.values():
        connection.send(None)
    return seconds, {name: connection.recv() for name, connection in workers.items()}


def versions() -> str:
    """Versions of what takes part."""
    from importlib.metadata import version
    names = ('chainer', 'numpy') + (('torch',) if importlib.util.find_spec('torch') else ())
    # NumPy's BLAS takes the kernels of another processor if it is told to, at half the speed: rows have to say so.
    settings = [f'{name}={value}' for name, value in sorted(os.environ.items()) if name.startswith('OPENBLAS_')]
    return ' '.join([f'python-{platform.python_version()}', *(f'{name}-{version(name)}' for name in names), *settings])


def processor() -> str:
    """Name of the processor and the number of cores in use."""
    lines = Path('/proc/cpuinfo').read_text().splitlines() if Path('/proc/cpuinfo').exists() else []
    names = [line.split(':')[1].strip() for line in lines if line.startswith('model name')]
    return f'{names[0] if names else platform.processor()} x{len(os.sched_getaffinity(0))}'


def rows_of(seconds: dict, memory: dict, settings: tuple) -> list:
    """Rows of the table: one a side and step, with the ratio of this project's median to PyTorch's."""
    batch, size, ngf = settings
    common = {'date': datetime.date.today().isoformat(), 'machine': processor(), 'versions': versions(),
              'batch': batch, 'image_size': size, 'ngf': ngf}
    rows = []
    for (name, step), values in seconds.items():
        low, median, high = numpy.percentile(values, (20, 50, 80))
        peer = seconds.get(('pytorch', step))
        rows.append({**common, 'side': name, 'step': step, 'median_s': round(median, 4), 'p20_s': round(low, 4),
                     'p80_s': round(high, 4), 'peak_mb': round(memory[name]),
                     'ratio': round(median / numpy.median(peer), 3) if peer else ''})
    return rows


def main() -> None:
    """Measure, print and append the rows."""
    from kernels.benchmark import append
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--batch_size', type=int, default=1)
    parser.add_argument('--image_size', type=int, default=256)
    parser.add_argument('--ngf', type=int, default=64)
    parser.add_argument('--repeats', type=int, default=7)
    arguments = parser.parse_args()
    sides = {'chainer': Chainer, 'pytorch': PyTorch}
    if importlib.util.find_spec('torch') is None:
        print('PyTorch is not installed (pip install torch==2.13.0): timing this project alone.')
        del sides['pytorch']
    settings = arguments.batch_size, arguments.image_size, arguments.ngf
    seconds, memory = measure(sides, settings, arguments.repeats)
    rows = rows_of(seconds, memory, settings)
    append(rows, RESULTS)
    for row in rows:
        print(f'{row["step"]:14} {row["side"]:8} {row["median_s"]:8.3f} s  (20-80 %: {row["p20_s"]:.3f} to '
              f'{row["p80_s"]:.3f})  ratio {row["ratio"]}  peak {row["peak_mb"]} MB')


if __name__ == '__main__':
    main()
